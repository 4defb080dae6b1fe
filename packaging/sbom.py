"""The bill of materials of a built binary, SPDX 2.3 as JSON: sbom.py BUILD_DIRECTORY VERSION EPOCH

What is in it is taken from the build itself: each header that ninja recorded and each library that the binary needs, as the
Debian package that owns it. Asks no network, and gives the same bytes for the same inputs.
"""

import datetime
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
from urllib.parse import quote


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, check=True, **options).stdout


def used_headers(build):
    text = run("ninja", "-C", str(build), "-t", "deps")
    return {os.path.realpath(line.strip()) for line in text.splitlines() if line.startswith("    /usr/")}


def needed_libraries(binary):
    return {os.path.realpath(path) for path in re.findall(r"=> (/\S+)", run("ldd", str(binary)))}


def owners(paths):
    """Debian package of each path: {name: {version, source, source_version}}; dpkg writes one line a path."""
    names = set()
    paths = sorted(paths)
    for first in range(0, len(paths), 500):
        candidates = [form for path in paths[first:first + 500] for form in {path, path.removeprefix("/usr")}]
        found = subprocess.run(["dpkg-query", "-S", *candidates], capture_output=True, text=True).stdout
        names |= {name.strip() for line in found.splitlines() for name in line.rsplit(": ", 1)[0].split(", ")
                  if not line.startswith("diversion")}
    table = {}
    for line in run("dpkg-query", "-W", "-f=${Package}\t${Version}\t${source:Package}\t${source:Version}\n", *sorted(names)).splitlines():
        name, version, source, source_version = line.split("\t")
        table[name] = (version, source, source_version)
    return table


def package(name, version, source, source_version):
    return {"SPDXID": "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", name), "name": name, "versionInfo": version,
            "supplier": "Organization: Debian", "downloadLocation": "NOASSERTION", "filesAnalyzed": False,
            "licenseConcluded": "NOASSERTION", "licenseDeclared": "NOASSERTION", "copyrightText": "NOASSERTION",
            "sourceInfo": f"Debian source package {source} {source_version}",
            "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                              "referenceLocator": f"pkg:deb/debian/{name}@{quote(version, safe=':~')}?distro=bookworm"}]}


def main():
    build, version, epoch = pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    binary = build / "sensor" / "lurewatch"
    built_in, linked = owners(used_headers(build)), owners(needed_libraries(binary))
    created = datetime.datetime.fromtimestamp(epoch, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    packages = [{"SPDXID": "SPDXRef-lurewatch", "name": "lurewatch", "versionInfo": version, "supplier": "NOASSERTION",
                 "downloadLocation": "NOASSERTION", "filesAnalyzed": False, "licenseConcluded": "Apache-2.0",
                 "licenseDeclared": "Apache-2.0", "copyrightText": "NOASSERTION"}]
    relations = [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-lurewatch"}]
    for name, facts in sorted({**built_in, **linked}.items()):
        packages.append(package(name, *facts))
        kind = "DYNAMIC_LINK" if name in linked else "STATIC_LINK"
        relations.append({"spdxElementId": "SPDXRef-lurewatch", "relationshipType": kind,
                          "relatedSpdxElement": packages[-1]["SPDXID"]})
    content = hashlib.sha256(json.dumps(packages, sort_keys=True).encode()).hexdigest()
    document = {"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": f"lurewatch-{version}",
                "documentNamespace": f"urn:lurewatch:spdx:{version}:{content}",
                "creationInfo": {"created": created, "creators": ["Tool: lurewatch-packaging-sbom"]},
                "packages": packages, "relationships": relations}
    print(json.dumps(document, indent=1))


if __name__ == "__main__":
    main()
