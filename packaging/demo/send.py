#!/usr/bin/env python3
"""Sends syslog messages from a file, one a line, as devices do.

    send.py udp|tcp HOST:PORT FILE [--framing line|octet-counted|mixed]

mixed: FortiGate's messages octet-counted without a newline, as its reliable mode sends them, the others as lines.
"""

import argparse
import socket
import time


def framed(message, framing):
    counted = framing == "octet-counted" or (framing == "mixed" and b"|Fortinet|" in message)
    return b"%d %s" % (len(message), message) if counted else message + b"\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("transport", choices=["udp", "tcp"])
    parser.add_argument("address")
    parser.add_argument("file")
    parser.add_argument("--framing", choices=["line", "octet-counted", "mixed"], default="line")
    arguments = parser.parse_args()
    host, port = arguments.address.rsplit(":", 1)
    with open(arguments.file, "rb") as file:
        messages = [line.rstrip(b"\n") for line in file if line.strip()]
    if arguments.transport == "udp":
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for number, message in enumerate(messages):
                sender.sendto(message, (host, int(port)))
                if number % 50 == 49:
                    time.sleep(0.01)
    else:
        with socket.create_connection((host, int(port))) as sender:
            for message in messages:
                sender.sendall(framed(message, arguments.framing))


if __name__ == "__main__":
    main()
