"""Tells what a twin was asked; fails when an operation of the contract was never asked for.

Made-up requests are seldom carried out where much has to fit together. That every operation can be is what the tests of the
twin show.
"""

import collections
import json
import pathlib
import sys
import urllib.request

import yaml

HERE = pathlib.Path(__file__).parent
METHODS = ("get", "put", "post", "delete")

contract = yaml.safe_load((HERE / "../../twin/contract/openapi.yaml").read_text())
operations = [item[it]["operationId"] for item in contract["paths"].values() for it in METHODS if it in item]
with urllib.request.urlopen(f"{sys.argv[1]}/twin/log", timeout=60) as answer:
    log = json.load(answer)
asked = collections.Counter(entry["operation"] for entry in log)
done = collections.Counter(entry["operation"] for entry in log if entry["status"] < 300)
missing = [it for it in operations if not asked[it]]
if missing:
    sys.exit(f"never asked for: {', '.join(missing)}")
refused = [it for it in operations if not done[it]]
print(f"{len(log)} requests to {len(operations)} operations, {done.total()} of them carried out")
print(f"only refused: {', '.join(refused) or 'none'}")
