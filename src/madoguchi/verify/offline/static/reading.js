// Squares in pictures: zxing-cpp, compiled, on this device. No picture leaves it.

import { prepareZXingModule, readBarcodes } from "./zxing/reader.js";
import { PREFIX } from "./check.js";

const FRAME_SIDE = 1280; // pixels of the longer side: three a module when the sheet fills the picture
const PHOTO_SIDE = 4096;
const OPTIONS = { formats: ["QRCode"], tryHarder: true, tryRotate: true, tryInvert: true, tryDownscale: true };

/** Fetch and compile the reader, so that the first picture does not wait, nor the network's end matter. */
export async function prepareReader() {
  await prepareZXingModule({ fireImmediately: true });
}

/** The text of the one code of ours in a video's present picture; null without one, or with two that differ. */
export async function codeInFrame(video, canvas) {
  return codeIn(video, { width: video.videoWidth, height: video.videoHeight }, canvas, FRAME_SIDE);
}

/** The same of a photo in a file. Throws for what is no picture. */
export async function codeInFile(file, canvas) {
  const picture = await createImageBitmap(file);
  try {
    return await codeIn(picture, picture, canvas, PHOTO_SIDE);
  } finally {
    picture.close();
  }
}

async function codeIn(source, { width, height }, canvas, side) {
  if (width === 0 || height === 0) return null;
  const share = Math.min(1, side / Math.max(width, height));
  canvas.width = Math.round(width * share);
  canvas.height = Math.round(height * share);
  const drawing = canvas.getContext("2d", { willReadFrequently: true });
  drawing.drawImage(source, 0, 0, canvas.width, canvas.height);
  const pixels = drawing.getImageData(0, 0, canvas.width, canvas.height);
  canvas.width = 0; // the picture of somebody's certificate is not kept
  canvas.height = 0;
  const found = await readBarcodes(pixels, OPTIONS);
  const ours = new Set(found.map((each) => each.text).filter((text) => text.startsWith(PREFIX)));
  return ours.size === 1 ? [...ours][0] : null;
}
