"""What the installed distribution says about itself."""

from __future__ import annotations

import unittest
from importlib.metadata import metadata

import libparticipants

REPOSITORY = "https://github.com/libparticipants/libparticipants"


class Metadata(unittest.TestCase):
    def setUp(self) -> None:
        self.metadata = metadata("libparticipants")

    def test_names_the_authors_the_license_and_the_versions(self) -> None:
        self.assertEqual(self.metadata["Author"], "The libparticipants authors")
        self.assertEqual(self.metadata["License-Expression"], "MIT OR Apache-2.0")
        self.assertEqual(self.metadata["Version"], libparticipants.__version__)
        self.assertEqual(self.metadata["Requires-Python"], ">=3.9")
        self.assertIn("RealtimeKit", self.metadata["Summary"])

    def test_has_the_projects_pages(self) -> None:
        pages = dict(line.split(", ", 1) for line in self.metadata.get_all("Project-URL") or [])
        self.assertEqual(list(pages), ["Homepage", "Documentation", "Repository", "Issues", "Changelog"])
        for page in pages.values():
            self.assertTrue(page.startswith(REPOSITORY), page)

    def test_has_a_classifier_for_each_version_of_python(self) -> None:
        classifiers = self.metadata.get_all("Classifier") or []
        for minor in range(9, 15):
            self.assertIn(f"Programming Language :: Python :: 3.{minor}", classifiers)
        self.assertIn("Programming Language :: Python :: Implementation :: CPython", classifiers)
        # The license is an expression, and an index refuses both.
        self.assertEqual([name for name in classifiers if name.startswith("License ::")], [])

    def test_links_of_the_description_are_absolute(self) -> None:
        description = self.metadata.get_payload()  # type: ignore[attr-defined]
        self.assertIn("# libparticipants for Python", description)
        self.assertNotRegex(description, r"\]\((?!https://)")
