// What the kernel's TLS says of a record that it cannot take, as results of a receive: -errno.

import * as abi from "./abi.js";

export const kernelAnswers = {
  /** It opens with no key. */
  EBADMSG: -abi.EBADMSG,
  EMSGSIZE: -abi.EMSGSIZE,
  /** Its header is none of TLS. */
  EINVAL: -abi.EINVAL,
  /** Behind a record that looked like a KeyUpdate there are no new keys. */
  EKEYEXPIRED: -abi.EKEYEXPIRED,
} as const;
