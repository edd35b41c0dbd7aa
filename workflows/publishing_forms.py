"""What publishing asks for: that one publishes what one has read."""

from django import forms

from workflows.forms import ActForm


class PublishForm(ActForm):
    """Which proposal, and the version that the difference on the page was made with."""

    proposal = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**62)
    base = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31)

    def build(self) -> None:
        """What the page shows."""
        from workflows.commands.publishing import proposal_of  # the command has this form

        if (found := proposal_of(self.act)) is not None:
            self.fields["proposal"].initial = found.pk
        version = self.act.subject.version
        self.fields["base"].initial = version.number if version else 0
