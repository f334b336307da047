// @ts-check
/** Reads codes in pictures: by the browser's own detector where it has one for these kinds, else by zxing, loaded when it is first needed. */
import { asset } from '../dom.js';

const KINDS = ['code_128', 'ean_13', 'ean_8', 'qr_code', 'data_matrix', 'itf', 'upc_a'];

/** A picture's codes as texts. @typedef {(frame: HTMLCanvasElement) => Promise<string[]>} Reader */

/** @returns {Promise<Reader>} */
export async function codeReader() {
  return (await nativeReader()) ?? wasmReader();
}

/** The browser's own, if it knows every kind. @returns {Promise<Reader | null>} */
async function nativeReader() {
  const Detector = /** @type {any} */ (globalThis).BarcodeDetector;
  if (!Detector) return null;
  /** @type {string[]} */
  const known = await Detector.getSupportedFormats().catch(() => []);
  if (!KINDS.every((kind) => known.includes(kind))) return null;
  const detector = new Detector({ formats: KINDS });
  return async (frame) => (await detector.detect(frame)).map((/** @type {{rawValue: string}} */ one) => one.rawValue);
}

/** @returns {Promise<Reader>} */
async function wasmReader() {
  const { prepareZXingModule, readBarcodes } = await import('zxing-wasm/reader');
  await prepareZXingModule({ overrides: { locateFile: () => asset('vendor/zxing_reader.wasm') }, fireImmediately: true });
  return async (frame) => {
    const pixels = /** @type {CanvasRenderingContext2D} */ (frame.getContext('2d', { willReadFrequently: true })).getImageData(0, 0, frame.width, frame.height);
    // Plain text keeps the separators between what a label says; tried hard, because hands are not steady.
    const found = await readBarcodes(pixels, { tryHarder: true, maxNumberOfSymbols: 1, textMode: 'Plain' });
    return found.filter((one) => one.isValid).map((one) => one.text);
  };
}
