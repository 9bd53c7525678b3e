"""Stands in for a Vault with one secret, jill, while a fixture is made."""

import http.server
import json


class Vault(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path.startswith("/v1/sys/internal/ui/mounts/"):
            self.answer({"path": "kv/", "type": "kv", "options": {"version": "2"}})
        elif self.path == "/v1/auth/token/lookup-self":
            self.answer({"ttl": 0, "renewable": False})
        elif self.path.startswith("/v1/kv/data/apisix/jill"):
            metadata = {"version": 3, "created_time": "2026-11-01T00:00:00Z", "deletion_time": "", "destroyed": False}
            self.answer({"data": {"key": "the-key-of-jill"}, "metadata": metadata})
        else:
            self.send_response(404)
            self.end_headers()
            self.wfile.write(b'{"errors": []}')

    def answer(self, data):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps({"request_id": "1", "data": data}).encode())

    def log_message(self, *arguments):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", 1), Vault).serve_forever()
