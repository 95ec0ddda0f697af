import base64, hashlib, hmac, http.server, json, os
KEY = base64.b64decode(os.environ["WEBHOOK_SECRET"].removeprefix("whsec_"))
class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        signed = f'{self.headers["webhook-id"]}.{self.headers["webhook-timestamp"]}.'.encode() + body
        expected = "v1," + base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
        good = any(hmac.compare_digest(expected, one) for one in self.headers.get("webhook-signature", "").split())
        self.send_response(204 if good else 401), self.end_headers(), good and print(json.loads(body)["data"]["title"], flush=True)
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", 8099))), Receiver).serve_forever()
