"""The reviewer's pages: one queue, and one page an assignment."""
