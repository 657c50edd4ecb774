// The camera: asked for when the person presses the button, and let go as soon as a code is found.

import { codeInFrame } from "./reading.js";

const WANTED = { audio: false, video: { facingMode: { ideal: "environment" }, width: { ideal: 1920 }, height: { ideal: 1080 } } };
const PAUSE_MILLISECONDS = 120;

export class Camera {
  constructor(video, canvas) {
    this.video = video;
    this.canvas = canvas;
    this.stream = null;
  }

  /** The text of the first code of ours that comes before the camera; null when `stop` came first. Throws as getUserMedia does. */
  async read() {
    this.stream = await navigator.mediaDevices.getUserMedia(WANTED);
    const { stream } = this;
    this.video.srcObject = stream;
    await this.video.play();
    while (this.stream === stream) {
      const text = await codeInFrame(this.video, this.canvas);
      if (text !== null && this.stream === stream) {
        this.stop();
        return text;
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS));
    }
    return null;
  }

  stop() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.video.srcObject = null;
  }
}
