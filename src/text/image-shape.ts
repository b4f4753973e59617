export type ImageShape = { type: 'image/png' | 'image/jpeg' | 'image/webp'; width: number; height: number };

/** Reads type and size from the first bytes of a picture, whatever it calls itself; undefined for anything else. */
export function imageShape(bytes: Uint8Array): ImageShape | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return png(view) ?? webp(view) ?? jpeg(view);
  } catch (error) {
    if (error instanceof RangeError) return undefined; // It ends before its own header does.
    throw error;
  }
}

/** Signature, then the IHDR chunk (PNG, third edition, 5.2 and 11.2.1). */
function png(view: DataView): ImageShape | undefined {
  if (view.getUint32(0) !== 0x89504e47 || view.getUint32(4) !== 0x0d0a1a0a) return undefined;
  if (view.getUint32(12) !== 0x49484452) return undefined;
  return { type: 'image/png', width: view.getUint32(16), height: view.getUint32(20) };
}

/** A RIFF container with a lossy, lossless or extended picture (RFC 9649). */
function webp(view: DataView): ImageShape | undefined {
  if (view.getUint32(0) !== 0x52494646 || view.getUint32(8) !== 0x57454250) return undefined;
  const type = 'image/webp';
  switch (view.getUint32(12)) {
    case 0x56503820:
      return { type, width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
    case 0x5650384c: {
      const bits = view.getUint32(21, true);
      return { type, width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case 0x56503858: {
      const wide = (at: number) => view.getUint16(at, true) + (view.getUint8(at + 2) << 16) + 1;
      return { type, width: wide(24), height: wide(27) };
    }
  }
  return undefined;
}

const SEGMENTS_MAX = 200;

/** Markers one after the other until a start of frame (ITU T.81, B.1). */
function jpeg(view: DataView): ImageShape | undefined {
  if (view.getUint16(0) !== 0xffd8) return undefined;
  let at = 2;
  for (let count = 0; count < SEGMENTS_MAX; count += 1) {
    const marker = view.getUint16(at);
    const isFrame = marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker);
    if (isFrame) return { type: 'image/jpeg', width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    if (marker < 0xff01) return undefined;
    at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}
