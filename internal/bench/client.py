"""The published Python client doing what the bench command measures.

client.py first KEY    reads one secret
client.py bulk         lists the secrets and reads each, and prints the seconds
client.py external     is a program of the data source "external"

The settings are the provider's variables.
"""

import json
import os
import sys
import time


def client():
    from helvetisafe import HelvetisafeClient

    arguments = {}
    for name in ("base_url", "client_id", "client_secret", "private_key_path", "password"):
        value = os.environ.get("HELVETISAFE_" + name.upper())
        if value:
            arguments[name] = value
    if os.environ.get("HELVETISAFE_PRIVATE_KEY_PEM"):
        arguments["private_key_pem"] = os.environ["HELVETISAFE_PRIVATE_KEY_PEM"].encode()
    return HelvetisafeClient(**arguments)


def main():
    what = sys.argv[1]
    if what == "first":
        print(len(client().secrets.get(sys.argv[2]).value))
    elif what == "bulk":
        began = time.perf_counter()
        secrets = client().secrets
        values = [secrets.get(entry.key).value for entry in secrets.list()]
        assert all(values)
        print(time.perf_counter() - began)
    elif what == "external":
        key = json.load(sys.stdin)["key"]
        json.dump({"value": client().secrets.get(key).value}, sys.stdout)


main()
