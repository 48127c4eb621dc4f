/* Sockets. Each function is one system call and answers its result, or -errno. */
#include "sluice.h"
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

static napi_value socket_open(napi_env env, napi_callback_info info) {
  arguments args = read_arguments(env, info);
  int fd = socket(int_argument(&args, 0), int_argument(&args, 1) | SOCK_CLOEXEC, int_argument(&args, 2));
  return outcome(env, own_descriptor(env, fd));
}

/* socketBind(fd, address) */
static napi_value socket_bind(napi_env env, napi_callback_info info) {
  arguments args = read_arguments(env, info);
  size_t length = 0;
  void *address = bytes_argument(&args, 1, &length);
  return outcome(env, bind(int_argument(&args, 0), address, (socklen_t)length));
}

/* socketListen(fd, backlog) */
static napi_value socket_listen(napi_env env, napi_callback_info info) {
  arguments args = read_arguments(env, info);
  return outcome(env, listen(int_argument(&args, 0), int_argument(&args, 1)));
}

/* socketSetOption(fd, level, name, value) */
static napi_value socket_set_option(napi_env env, napi_callback_info info) {
  arguments args = read_arguments(env, info);
  int value = int_argument(&args, 3);
  return outcome(env, setsockopt(int_argument(&args, 0), int_argument(&args, 1), int_argument(&args, 2), &value,
                                 sizeof value));
}

/* socketSetBytes(fd, level, name, bytes): an option that is more than a number */
static napi_value socket_set_bytes(napi_env env, napi_callback_info info) {
  arguments args = read_arguments(env, info);
  size_t length = 0;
  void *bytes = bytes_argument(&args, 3, &length);
  return outcome(env, setsockopt(int_argument(&args, 0), int_argument(&args, 1), int_argument(&args, 2), bytes,
                                 (socklen_t)length));
}

/* socketTakeError(fd) → the error that waits for the next call, which is then forgotten; 0 when there is none */
static napi_value socket_take_error(napi_env env, napi_callback_info info) {
  arguments args = read_arguments(env, info);
  int error = 0;
  socklen_t length = sizeof error;
  int result = getsockopt(int_argument(&args, 0), SOL_SOCKET, SO_ERROR, &error, &length);
  return result < 0 ? outcome(env, result) : number(env, error);
}

/* Writes an address of the socket and answers its length. */
static napi_value write_name(napi_env env, napi_callback_info info, bool is_peer) {
  arguments args = read_arguments(env, info);
  size_t room = 0;
  void *address = bytes_argument(&args, 1, &room);
  socklen_t length = (socklen_t)room;
  int fd = int_argument(&args, 0);
  int result = is_peer ? getpeername(fd, address, &length) : getsockname(fd, address, &length);
  return result < 0 ? outcome(env, result) : number(env, length);
}

/* socketName(fd, address): the one that it is bound to */
static napi_value socket_name(napi_env env, napi_callback_info info) { return write_name(env, info, false); }

/* socketPeerName(fd, address): the one at the other end */
static napi_value socket_peer_name(napi_env env, napi_callback_info info) { return write_name(env, info, true); }

/* socketShutdown(fd, how) */
static napi_value socket_shutdown(napi_env env, napi_callback_info info) {
  arguments args = read_arguments(env, info);
  return outcome(env, shutdown(int_argument(&args, 0), int_argument(&args, 1)));
}

/* socketReceive(fd, bytes, flags) → bytes written */
static napi_value socket_receive(napi_env env, napi_callback_info info) {
  arguments args = read_arguments(env, info);
  size_t length = 0;
  void *bytes = bytes_argument(&args, 1, &length);
  return outcome(env, recv(int_argument(&args, 0), bytes, length, int_argument(&args, 2)));
}

/* socketSend(fd, bytes, flags) → bytes taken */
static napi_value socket_send(napi_env env, napi_callback_info info) {
  arguments args = read_arguments(env, info);
  size_t length = 0;
  void *bytes = bytes_argument(&args, 1, &length);
  return outcome(env, send(int_argument(&args, 0), bytes, length, int_argument(&args, 2)));
}

/* eventOpen() → a descriptor that counts wake-ups */
static napi_value event_open(napi_env env, napi_callback_info info) {
  (void)info;
  return outcome(env, own_descriptor(env, eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)));
}

void add_socket_functions(napi_env env, napi_value exports) {
  add_function(env, exports, "socketOpen", socket_open);
  add_function(env, exports, "socketBind", socket_bind);
  add_function(env, exports, "socketListen", socket_listen);
  add_function(env, exports, "socketSetOption", socket_set_option);
  add_function(env, exports, "socketSetBytes", socket_set_bytes);
  add_function(env, exports, "socketTakeError", socket_take_error);
  add_function(env, exports, "socketName", socket_name);
  add_function(env, exports, "socketPeerName", socket_peer_name);
  add_function(env, exports, "socketShutdown", socket_shutdown);
  add_function(env, exports, "socketReceive", socket_receive);
  add_function(env, exports, "socketSend", socket_send);
  add_function(env, exports, "eventOpen", event_open);
}
