// uWebSockets.js with its own publish/subscribe: the first message of a watcher signs in and is answered with
// the snapshot, every later message is published to all watchers. The publisher (/publish) is no watcher.
import { createRequire } from "node:module";
import { announce, pingSeconds, port, snapshotText } from "./setup.mjs";

const require = createRequire(import.meta.url);
const uws = require("@trufflesuite/uws-js-unofficial");
// The package falls back to plain JavaScript where its binary doesn't load; that would be another server.
if (!Object.keys(require.cache).some((path) => path.endsWith(".node"))) {
  process.stderr.write("uWebSockets.js has no binary for this Node.js\n");
  process.exit(1);
}

const snapshot = snapshotText();
const TOPIC = "watchers";
const app = uws.App();

function behaviour(isWatcher) {
  return {
    compression: uws.DISABLED,
    maxPayloadLength: 65536,
    maxBackpressure: 16 * 1024 * 1024,
    // It pings 4 s or so before the time-out, and only accepts multiples of 4.
    idleTimeout: Math.ceil((pingSeconds + 4) / 4) * 4,
    sendPingsAutomatically: true,
    message(ws, message) {
      if (ws.signedIn) {
        if (message.byteLength === 1) {
          ws.send(message, false, false);
          return;
        }
        app.publish(TOPIC, message, false, false);
        return;
      }
      ws.signedIn = true;
      if (isWatcher) ws.subscribe(TOPIC);
      ws.send(snapshot, false, false);
    },
  };
}

app.ws("/watch", behaviour(true));
app.ws("/publish", behaviour(false));
app.listen("127.0.0.1", port, (listening) => {
  if (!listening) process.exit(1);
  announce("uws");
});
