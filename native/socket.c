/* Sockets. Each function is one system call and answers its result, or -errno. */
#include "sluice.h"
#include <errno.h>
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

/* socketGetOption(fd, level, name) → the value, which is never negative for the options in use */
static napi_value socket_get_option(napi_env env, napi_callback_info info) {
  arguments args = read_arguments(env, info);
  int value = 0;
  socklen_t length = sizeof value;
  int result = getsockopt(int_argument(&args, 0), int_argument(&args, 1), int_argument(&args, 2), &value, &length);
  return result < 0 ? outcome(env, result) : number(env, value);
}

/* socketName(fd, address): writes the address that the socket is bound to and answers its length */
static napi_value socket_name(napi_env env, napi_callback_info info) {
  arguments args = read_arguments(env, info);
  size_t room = 0;
  void *address = bytes_argument(&args, 1, &room);
  socklen_t length = (socklen_t)room;
  int result = getsockname(int_argument(&args, 0), address, &length);
  return result < 0 ? outcome(env, result) : number(env, length);
}

/* socketPeerName(fd, address): the same for the peer's */
static napi_value socket_peer_name(napi_env env, napi_callback_info info) {
  arguments args = read_arguments(env, info);
  size_t room = 0;
  void *address = bytes_argument(&args, 1, &room);
  socklen_t length = (socklen_t)room;
  int result = getpeername(int_argument(&args, 0), address, &length);
  return result < 0 ? outcome(env, result) : number(env, length);
}

/* socketShutdown(fd, how) */
static napi_value socket_shutdown(napi_env env, napi_callback_info info) {
  arguments args = read_arguments(env, info);
  return outcome(env, shutdown(int_argument(&args, 0), int_argument(&args, 1)));
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
  add_function(env, exports, "socketGetOption", socket_get_option);
  add_function(env, exports, "socketName", socket_name);
  add_function(env, exports, "socketPeerName", socket_peer_name);
  add_function(env, exports, "socketShutdown", socket_shutdown);
  add_function(env, exports, "socketSend", socket_send);
  add_function(env, exports, "eventOpen", event_open);
}
