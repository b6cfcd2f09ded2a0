const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Bytes as base64, where the host brings nothing for it. */
export function base64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(at, at + 3);
    const four = (a << 16) | (b << 8) | c;
    for (let i = 0; i < 4; i++) text += ALPHABET[(four >> (18 - 6 * i)) & 63];
  }
  const left = bytes.length % 3;
  return left === 0 ? text : text.slice(0, left - 3) + '='.repeat(3 - left);
}
