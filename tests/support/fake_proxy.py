#!/usr/bin/env python3
"""An HTTP proxy that knows CONNECT alone, for tests: every tunnel ends at one place, whatever host it was asked for.

It prints "listening on HOST:PORT", then a line for each request: "CONNECT graph.example.com:443 200".
"""

import argparse
import base64
import socket
import sys
import threading


def head_of(connection):
    data = b""
    while b"\r\n\r\n" not in data and len(data) < 65536:
        piece = connection.recv(4096)
        if not piece:
            break
        data += piece
    return data.decode("latin-1")


def pump(source, sink):
    try:
        while piece := source.recv(65536):
            sink.sendall(piece)
    except OSError:
        pass
    for end in (source, sink):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def serve(connection, options):
    head = head_of(connection)
    method, target, *_ = head.split(" ") + ["", ""]
    wanted = "Proxy-Authorization: Basic " + base64.b64encode(options.credentials.encode()).decode()
    status = options.status
    if method != "CONNECT":
        status = 405
    elif options.credentials and wanted not in head.split("\r\n"):
        status = 407
    print(method, target, status, flush=True)
    if status != 200:
        connection.sendall(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode())
        return connection.close()
    host, _, port = options.to.rpartition(":")
    beyond = socket.create_connection((host, int(port)))
    connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
    threading.Thread(target=pump, args=(connection, beyond), daemon=True).start()
    pump(beyond, connection)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", required=True, metavar="HOST:PORT", help="where every tunnel ends")
    parser.add_argument("--credentials", default="", metavar="USER:PASSWORD")
    parser.add_argument("--status", type=int, default=200, help="the answer to every CONNECT")
    options = parser.parse_args()
    listener = socket.create_server(("127.0.0.1", 0))
    print(f"listening on 127.0.0.1:{listener.getsockname()[1]}", flush=True)
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0], options), daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
