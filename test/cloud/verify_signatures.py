"""Says which messages Ceilometer's own function does not accept, by their number.

usage: verify_signatures.py SECRET < messages, one JSON object a line
"""
import json
import sys

from ceilometer.publisher import utils

secret = sys.argv[1]
messages = [json.loads(line) for line in sys.stdin]
refused = [
    number
    for number, message in enumerate(messages)
    if not utils.verify_signature(message, secret)
]
json.dump({"messages": len(messages), "refused": refused}, sys.stdout)
