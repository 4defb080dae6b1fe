#!/usr/bin/env python3
"""The labelled scenarios on a small day: every chain is found once, and no near miss is."""

import os
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "scenarios"))
import measure  # noqa: E402


class Scenarios(unittest.TestCase):
    def test_every_chain_is_found_once_and_no_near_miss_is(self):
        day = measure.generate(seed=7, users=900, rows=3000, repeat=1)
        with tempfile.TemporaryDirectory() as directory:
            day.write(pathlib.Path(directory))
            found = measure.replay(os.environ["LUREWATCH"], pathlib.Path(directory), "normalised")
        rows, others = measure.judge(day.labels, found, "normalised")
        wrong = {name: row["wrong"] for name, row in rows.items() if row["wrong"]}
        self.assertEqual((wrong, others), ({}, []))
        self.assertGreaterEqual(len(rows), 150)
        for findings in found.values():
            for finding in findings:
                self.assertAlmostEqual(sum(reason["weight"] for reason in finding["reasons"]), finding["confidence"])
        pair = next(label["users"] for label in day.labels if label["class"] == "two_users_one_lure")
        for user, other in (pair, pair[::-1]):
            details = " ".join(reason["detail"] for reason in found[user][0]["reasons"])
            self.assertIn(other, details)


if __name__ == "__main__":
    unittest.main()
