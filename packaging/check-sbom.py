#!/usr/bin/env python3
"""Whether a bill of materials is valid SPDX 2.3 and says something: check-sbom.py FILE.spdx.json

The rules are those of the specification's clauses 6 (document), 7 (package) and 11 (relationship), as its JSON schema has them.
"""

import json
import re
import sys

ID = r"SPDXRef-[A-Za-z0-9.-]+"
DOCUMENT = {"spdxVersion": r"SPDX-2\.3", "dataLicense": r"CC0-1\.0", "SPDXID": r"SPDXRef-DOCUMENT", "name": r".+",
            "documentNamespace": r"[a-z][a-z0-9+.-]*:[^#\s]+"}
PACKAGE = {"SPDXID": ID, "name": r".+", "versionInfo": r".+", "downloadLocation": r"NOASSERTION|NONE|[a-z+]+:.+",
           "supplier": r"NOASSERTION|(Organization|Person): .+", "licenseConcluded": r".+", "licenseDeclared": r".+", "copyrightText": r".+"}
REFERENCE = {"referenceCategory": r"PACKAGE-MANAGER|SECURITY|PERSISTENT-ID|OTHER", "referenceType": r"purl",
             "referenceLocator": r"pkg:deb/debian/[a-z0-9][a-z0-9.+-]*@[A-Za-z0-9.:~%-]+\?distro=bookworm"}
KINDS = {"DESCRIBES", "DYNAMIC_LINK", "STATIC_LINK"}


def fits(where, record, shape):
    for key, pattern in shape.items():
        value = record.get(key)
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            yield f"{where}: {key} is {value!r}"


def faults(document):
    yield from fits("document", document, DOCUMENT)
    made = document.get("creationInfo", {})
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", made.get("created", "")):
        yield f"document: created is {made.get('created')!r}"
    if not made.get("creators") or not all(re.match(r"(Tool|Organization|Person): .", who) for who in made["creators"]):
        yield "document: nobody made it"
    packages = document.get("packages", [])
    ids = [package.get("SPDXID") for package in packages]
    for name in {name for name in ids if ids.count(name) > 1}:
        yield f"{name} is there twice"
    for package in packages:
        yield from fits(package.get("SPDXID", "a package"), package, PACKAGE)
        for reference in package.get("externalRefs", []):
            yield from fits(package["SPDXID"], reference, REFERENCE)
    related = set()
    for relation in document.get("relationships", []):
        ends = {relation.get("spdxElementId"), relation.get("relatedSpdxElement")}
        related |= ends
        if relation.get("relationshipType") not in KINDS or not ends <= {*ids, "SPDXRef-DOCUMENT"}:
            yield f"a relationship of no known kind, or with what is not there: {relation}"
    yield from (f"{name} is related to nothing" for name in ids if name not in related)
    for name in ("SPDXRef-lurewatch", "SPDXRef-libc6", "SPDXRef-libssl3", "SPDXRef-libsqlite3-0"):
        if name not in ids:
            yield f"{name} is missing, though the program needs it"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        document = json.load(file)
    found = list(faults(document))
    for fault in found:
        print(f"{sys.argv[1]}: {fault}", file=sys.stderr)
    if not found:
        print(f"{sys.argv[1]}: SPDX 2.3, {len(document['packages'])} packages")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
