"""tqdm: an iterator with its total shows a percentage, and the example program does."""

from __future__ import annotations

import subprocess
import sys
from io import StringIO

from tqdm import tqdm

from tests.service import ACCOUNT_ID, APP_ID, MEETING, MEETING_ID, TOKEN
from tests.support import REPOSITORY, ServiceTestCase, environment


class Progress(ServiceTestCase):
    def test_progress_bar_shows_a_percentage(self) -> None:
        service = self.serve(342)
        participants = self.client(service).iter_participants(*MEETING)
        shown = StringIO()
        bar = tqdm(participants, total=participants.total_count, file=shown, mininterval=0)
        self.assertEqual(len(list(bar)), 342)
        self.assertIn(" 50%|", shown.getvalue())
        self.assertIn("100%|", shown.getvalue())
        self.assertEqual(len(service.requests), 4)

    def test_example_counts_everyone_and_shows_progress(self) -> None:
        service = self.serve(342)
        variables = {
            "CLOUDFLARE_API_TOKEN": TOKEN,
            "CLOUDFLARE_BASE_URL": service.base_url,
            "CLOUDFLARE_ACCOUNT_ID": ACCOUNT_ID,
            "REALTIMEKIT_APP_ID": APP_ID,
            "MEETING_ID": MEETING_ID,
        }
        example = REPOSITORY / "examples" / "python" / "iterate_with_progress.py"
        ran = subprocess.run(
            [sys.executable, example],
            env=environment(**variables),
            capture_output=True,
            encoding="utf-8",
            timeout=60,
        )
        self.assertEqual((ran.returncode, ran.stdout), (0, "   342  group_call_participant\n"), ran.stderr)
        self.assertIn("100%|", ran.stderr)
