// uWebSockets.js with its own publish/subscribe: the first message of a watcher signs in and is answered with
// the snapshot, every later message is published to all watchers. The publisher (/publish) is no watcher.
import uws from "@trufflesuite/uws-js-unofficial";
import { announce, pingSeconds, port, snapshotText } from "./setup.mjs";

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
