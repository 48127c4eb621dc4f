// From the trace of RFC 8448 §3, a handshake with TLS_AES_128_GCM_SHA256: secrets, what follows from them, and records.

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(/\s/g, ""), "hex");
}

export interface Derivation {
  readonly name: string;
  readonly secret: Buffer;
  readonly key: Buffer;
  readonly iv: Buffer;
}

export const derivations: readonly Derivation[] = [
  {
    name: "client_handshake_traffic_secret",
    secret: hex("b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21"),
    key: hex("dbfaa693d1762c5b666af5d950258d01"),
    iv: hex("5bd3c71b836e0b76bb73265f"),
  },
  {
    name: "server_handshake_traffic_secret",
    secret: hex("b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38"),
    key: hex("3fce516009c21727d0f2e4e86ee403bc"),
    iv: hex("5d313eb2671276ee13000b30"),
  },
  {
    name: "client_application_traffic_secret_0",
    secret: hex("9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5"),
    key: hex("17422dda596ed5d9acd890e3c63f5051"),
    iv: hex("5b78923dee08579033e523d9"),
  },
  {
    name: "server_application_traffic_secret_0",
    secret: hex("a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643"),
    key: hex("9f02283b6c9c07efc26bb9f2ac92e356"),
    iv: hex("cf782b88dd83549aadf1e984"),
  },
];

/** The client's first record of application data: the bytes from 0 to 49. */
export const clientData = hex(`
  17 03 03 00 43 a2 3f 70 54 b6 2c 94 d0 af fa fe 82 28 ba 55 cb ef ac ea 42 f9 14 aa 66 bc ab 3f 2b 98 19 a8 a5 b4 6b
  39 5b d5 4a 9a 20 44 1e 2b 62 97 4e 1f 5a 62 92 a2 97 70 14 bd 1e 3d ea e6 3a ee bb 21 69 49 15 e4`);
/** The client's second record: close_notify. */
export const clientAlert = hex("17 03 03 00 13 c9 87 27 60 65 56 66 b7 4d 7f f1 15 3e fd 6d b6 d0 b0 e3");
