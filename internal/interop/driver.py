"""Runs the published Python client for the interop tests.

Reads one JSON request a line from standard input and answers each with one
JSON line on standard output: {"ok": ...} or {"error": exception class}. The
first request is a connect; all others use the client that it made. Nothing in
here encrypts, decrypts or formats: that is what the package under test does.
"""

import json
import sys
from datetime import datetime

from helvetisafe import HelvetisafeClient


def timestamp(value):
    return None if value is None else value.isoformat()


def metadata(entry):
    return {
        "key": entry.key,
        "created_at": timestamp(entry.created_at),
        "updated_at": timestamp(entry.updated_at),
        "expires_at": timestamp(entry.expires_at),
    }


class Driver:
    def __init__(self):
        self.client = None

    def connect(self, settings):
        arguments = dict(settings)
        if "private_key_pem" in arguments:
            arguments["private_key_pem"] = arguments["private_key_pem"].encode()
        self.client = HelvetisafeClient(**arguments)

    def get(self, key):
        secret = self.client.secrets.get(key)
        # The client hands out a member that is no string as it is.
        value = secret.value if isinstance(secret.value, str) else json.dumps(secret.value)
        return {"value": value, "expires_at": timestamp(secret.expires_at)}

    def create(self, key, value, expires_at=None):
        return metadata(self.client.secrets.create(key, value, self.expiry(expires_at)))

    def update(self, key, value, expires_at=None):
        return metadata(self.client.secrets.update(key, value, self.expiry(expires_at)))

    def delete(self, key):
        self.client.secrets.delete(key)

    def list(self):
        return [metadata(entry) for entry in self.client.secrets.list()]

    @staticmethod
    def expiry(text):
        return None if text is None else datetime.fromisoformat(text)


def main():
    driver = Driver()
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"ok": getattr(driver, request["call"])(**request["arguments"])}
        except Exception as error:  # the test decides which of them it expects
            answer = {"error": type(error).__name__, "detail": str(error)}
        print(json.dumps(answer), flush=True)


main()
