"""Reads what stestr kept of a run and prints it as JSON: of each test its id, status, seconds, and why."""
import json
import sys

import subunit
import testtools

tests = []


def note(test):
    start, end = test['timestamps']
    text = '\n'.join(detail.as_text() for name, detail in sorted(test['details'].items()) if name in ('reason', 'traceback'))
    tests.append({
        'id': test['id'],
        'status': test['status'],
        'seconds': (end - start).total_seconds() if start and end else 0,
        'reason': text.strip(),
    })


result = testtools.StreamToDict(note)
result.startTestRun()
subunit.ByteStreamToStreamResult(sys.stdin.buffer, non_subunit_name='stdout').run(result)
result.stopTestRun()
json.dump(tests, sys.stdout)
