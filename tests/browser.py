"""A page in headless Chromium, by its DevTools protocol."""

import asyncio
import base64
import contextlib
import json
import os
import shutil
import subprocess
import time
import urllib.request

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))),
    None,
)
START = 60  # seconds until it listens
# Root may not have Chromium's sandbox; the pages here are our own.
OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run")


class Page:
    """A page that is open, and what its console said.

    Attributes:
        said: Errors and warnings of the console, and exceptions, as text.
    """

    def __init__(self, socket):
        self._socket, self._number = socket, 0
        self.said = []

    async def call(self, method, **parameters):
        """The result of a command of the protocol."""
        self._number += 1
        number = self._number
        command = {"id": number, "method": method, "params": parameters}
        await self._socket.write_message(json.dumps(command))
        while True:
            answer = await self._socket.read_message()
            if answer is None:
                raise ConnectionError("Chromium has gone")
            answer = json.loads(answer)
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self._listen(answer)

    def _listen(self, event):
        given = event.get("params", {})
        if event["method"] == "Runtime.exceptionThrown":
            self.said.append(json.dumps(given["exceptionDetails"]))
        if event["method"] == "Runtime.consoleAPICalled":
            if given["type"] in ("error", "warning", "assert"):
                self.said.append(json.dumps(given["args"]))
        if event["method"] == "Log.entryAdded":
            if given["entry"]["level"] in ("error", "warning"):
                self.said.append(given["entry"]["text"])

    async def evaluate(self, expression):
        """The value of an expression, after a promise in it."""
        made = await self.call(
            "Runtime.evaluate",
            expression=expression,
            returnByValue=True,
            awaitPromise=True,
        )
        assert "exceptionDetails" not in made, made
        return made["result"].get("value")

    async def until(self, condition, seconds=60):
        """Wait until an expression is true."""
        end = time.monotonic() + seconds
        while not await self.evaluate(condition):
            assert time.monotonic() < end, f"never: {condition}"
            await asyncio.sleep(0.1)

    async def click(self, x, y):
        """A click of the left button at a place of the window."""
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            await self.call(
                "Input.dispatchMouseEvent",
                type=kind,
                x=x,
                y=y,
                button="none" if kind == "mouseMoved" else "left",
                clickCount=int(kind != "mouseMoved"),
            )

    async def screenshot(self, path):
        """Write the whole page as .png."""
        shot = await self.call(
            "Page.captureScreenshot", captureBeyondViewport=True
        )
        path.write_bytes(base64.b64decode(shot["data"]))


@contextlib.asynccontextmanager
async def opened(path, profile, size=(1500, 1200)):
    """A file in Chromium, loaded.

    Args:
        path: The file.
        profile: Folder for Chromium's own files.
        size: Of the window.
    """
    from tornado.websocket import websocket_connect

    process = subprocess.Popen(
        [
            CHROMIUM,
            *OPTIONS,
            f"--user-data-dir={profile}",
            f"--window-size={size[0]},{size[1]}",
            "--remote-debugging-port=0",
            "about:blank",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"HOME": str(profile)},
    )
    try:
        url = await _address(profile / "DevToolsActivePort", process)
        socket = await websocket_connect(url, max_message_size=2**28)
        page = Page(socket)
        for room in ("Runtime", "Log", "Page"):
            await page.call(f"{room}.enable")
        await page.call("Page.navigate", url=path.resolve().as_uri())
        await page.until("document.readyState == 'complete'")
        yield page
        socket.close()
    finally:
        process.terminate()
        process.wait()


async def _address(port_file, process):
    end = time.monotonic() + START
    while time.monotonic() < end and process.poll() is None:
        await asyncio.sleep(0.1)
        with contextlib.suppress(OSError, IndexError):
            port = port_file.read_text().split()[0]
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/json") as got:
                tabs = json.load(got)
            return next(
                tab["webSocketDebuggerUrl"]
                for tab in tabs
                if tab["type"] == "page"
            )
    raise ConnectionError(f"Chromium did not start ({process.poll()})")
