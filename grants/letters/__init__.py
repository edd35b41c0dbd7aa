"""Decision letters and receipts as archive-grade, accessible PDF.

Pure functions from frozen data to bytes: no database, no clock, no network. The doors are
:func:`grants.letters.decision.render_decision` and :func:`grants.letters.receipt.render_receipt`;
what goes in is described in :mod:`grants.letters.data`.
"""
