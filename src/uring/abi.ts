// The numbers of the kernel's interface that are used here, by the kernel's names: linux/io_uring.h, linux/tls.h,
// sys/socket.h and errno.h. They are the same on every architecture that Node's binaries for Linux run on.

export const IORING_SETUP_SUBMIT_ALL = 0x80;
export const IORING_SETUP_TASKRUN_FLAG = 0x200;
export const IORING_SETUP_SINGLE_ISSUER = 0x1000;
export const IORING_SETUP_DEFER_TASKRUN = 0x2000;

export const IORING_ENTER_GETEVENTS = 0x1;
/** Bits of the submission queue's flags: completions that found no room, and work that waits for an enter. */
export const IORING_SQ_CQ_OVERFLOW = 0x2;
export const IORING_SQ_TASKRUN = 0x4;
/** A bit of the completion queue's flags, set by us: completions do not write to the eventfd. */
export const IORING_CQ_EVENTFD_DISABLED = 0x1;

export const IORING_OP_POLL_ADD = 6;
export const IORING_OP_SENDMSG = 9;
export const IORING_OP_RECVMSG = 10;
export const IORING_OP_ACCEPT = 13;
export const IORING_OP_ASYNC_CANCEL = 14;
export const IORING_OP_CONNECT = 16;
export const IORING_OP_SEND = 26;
export const IORING_OP_RECV = 27;

export const IOSQE_BUFFER_SELECT = 0x20;
export const IORING_RECV_MULTISHOT = 0x2;
export const IORING_ACCEPT_MULTISHOT = 0x1;
export const IORING_ASYNC_CANCEL_ALL = 0x1;
export const IORING_ASYNC_CANCEL_FD = 0x2;

/** Bits of a completion's flags: a buffer was taken (its number lies in the upper half), and more will come. */
export const IORING_CQE_F_MORE = 0x2;
export const IORING_CQE_BUFFER_SHIFT = 16;

export const POLLIN = 0x1;
export const POLLRDHUP = 0x2000;
export const MSG_DONTWAIT = 0x40;
export const MSG_WAITALL = 0x100;
export const MSG_NOSIGNAL = 0x4000;
export const SHUT_WR = 1;
export const SHUT_RDWR = 2;
export const SOCK_CLOEXEC = 0x8_0000;

export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const SOCK_STREAM = 1;
export const SOL_SOCKET = 1;
export const SO_REUSEADDR = 2;
export const SO_KEEPALIVE = 9;
export const SO_REUSEPORT = 15;
export const IPPROTO_TCP = 6;
export const TCP_NODELAY = 1;
export const TCP_KEEPIDLE = 4;
export const TCP_ULP = 31;
export const SOL_TLS = 282;
export const TLS_TX = 1;
export const TLS_RX = 2;
export const TLS_SET_RECORD_TYPE = 1;
export const TLS_GET_RECORD_TYPE = 2;
export const IPPROTO_IPV6 = 41;
export const IPV6_V6ONLY = 26;

export const EPERM = 1;
export const ENOENT = 2;
export const ENOMEM = 12;
export const EINVAL = 22;
export const ENOSYS = 38;
export const EAGAIN = 11;
export const EINTR = 4;
export const ENOTCONN = 107;
export const EBADMSG = 74;
export const EMSGSIZE = 90;
export const ENAMETOOLONG = 36;
export const EAFNOSUPPORT = 97;
export const ENOBUFS = 105;
export const ECANCELED = 125;
export const EKEYEXPIRED = 127;
export const EOPNOTSUPP = 95;
