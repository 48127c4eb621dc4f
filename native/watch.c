/* Waking the event loop: calls a function whenever an eventfd has been written to. */
#include "sluice.h"
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

/* It goes when nobody holds it any more, neither the loop nor JavaScript. */
typedef struct {
  uv_poll_t *poll;
  int fd;
  napi_env env;
  napi_ref callback;
  napi_ref receiver;
  napi_async_context context;
  /* Keeps the environment, and with it this code, until the loop has let go of the poll. */
  napi_async_cleanup_hook_handle hook;
  bool is_held_by_loop;
  bool is_held_by_script;
} watch;

static void let_go(watch *ended) {
  if (!ended->is_held_by_loop && !ended->is_held_by_script) free(ended);
}

static void on_closed(uv_handle_t *handle) {
  watch *ended = handle->data;
  free(handle);
  napi_remove_async_cleanup_hook(ended->hook);
  ended->is_held_by_loop = false;
  let_go(ended);
}

static void stop(watch *ended) {
  if (ended->poll == NULL) return;
  uv_poll_stop(ended->poll);
  uv_close((uv_handle_t *)ended->poll, on_closed);
  ended->poll = NULL;
}

static void end(napi_async_cleanup_hook_handle hook, void *data) {
  (void)hook;
  stop(data);
}

static void call(watch *woken) {
  napi_env env = woken->env;
  napi_handle_scope scope;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  napi_value callback, receiver, result;
  napi_get_reference_value(env, woken->callback, &callback);
  napi_get_reference_value(env, woken->receiver, &receiver);
  if (napi_make_callback(env, woken->context, receiver, callback, 0, NULL, &result) == napi_pending_exception) {
    napi_value thrown = NULL;
    napi_get_and_clear_last_exception(env, &thrown);
    napi_fatal_exception(env, thrown);
  }
  napi_close_handle_scope(env, scope);
}

static void on_poll(uv_poll_t *poll, int status, int events) {
  (void)status;
  (void)events;
  watch *woken = poll->data;
  uint64_t count;
  ssize_t ignored = read(woken->fd, &count, sizeof count);
  (void)ignored;
  call(woken);
}

static void release(napi_env env, void *data, void *hint) {
  (void)hint;
  (void)env;
  watch *ended = data;
  stop(ended);
  ended->is_held_by_script = false;
  let_go(ended);
}

/* watchOpen(eventFd, callback) → a watch, or -errno. It keeps the process alive until told otherwise. */
static napi_value watch_open(napi_env env, napi_callback_info info) {
  arguments args = read_arguments(env, info);
  napi_valuetype type = napi_undefined;
  if (args.count > 1) napi_typeof(env, args.values[1], &type);
  if (type != napi_function) return number(env, -EINVAL);
  uv_loop_t *loop = NULL;
  napi_get_uv_event_loop(env, &loop);
  watch *made = calloc(1, sizeof *made);
  /* libuv says how large its handle is in the version that runs. */
  uv_poll_t *poll = calloc(1, uv_handle_size(UV_POLL));
  if (made == NULL || poll == NULL) {
    free(made);
    free(poll);
    return number(env, -ENOMEM);
  }
  made->fd = int_argument(&args, 0);
  made->env = env;
  int error = uv_poll_init(loop, poll, made->fd);
  if (error < 0) {
    free(made);
    free(poll);
    return number(env, error);
  }
  made->poll = poll;
  made->is_held_by_loop = made->is_held_by_script = true;
  poll->data = made;
  napi_value receiver = NULL, name = NULL, result = NULL;
  napi_create_object(env, &receiver);
  napi_create_string_utf8(env, "sluice:ring", NAPI_AUTO_LENGTH, &name);
  napi_async_init(env, receiver, name, &made->context);
  napi_create_reference(env, args.values[1], 1, &made->callback);
  napi_create_reference(env, receiver, 1, &made->receiver);
  napi_add_async_cleanup_hook(env, end, made, &made->hook);
  uv_poll_start(poll, UV_READABLE, on_poll);
  napi_create_external(env, made, release, NULL, &result);
  return result;
}

static watch *watch_argument(const arguments *args) {
  void *found = NULL;
  if (args->count > 0) napi_get_value_external(args->env, args->values[0], &found);
  return found;
}

/* watchKeepAlive(watch, isKeepingAlive) */
static napi_value watch_keep_alive(napi_env env, napi_callback_info info) {
  arguments args = read_arguments(env, info);
  watch *changed = watch_argument(&args);
  bool is_keeping = false;
  if (args.count > 1) napi_get_value_bool(env, args.values[1], &is_keeping);
  if (changed == NULL || changed->poll == NULL) return undefined_value(env);
  if (is_keeping) uv_ref((uv_handle_t *)changed->poll);
  else uv_unref((uv_handle_t *)changed->poll);
  return undefined_value(env);
}

/* watchClose(watch) */
static napi_value watch_close(napi_env env, napi_callback_info info) {
  arguments args = read_arguments(env, info);
  watch *ended = watch_argument(&args);
  if (ended == NULL || ended->poll == NULL) return undefined_value(env);
  stop(ended);
  napi_delete_reference(env, ended->callback);
  napi_delete_reference(env, ended->receiver);
  napi_async_destroy(env, ended->context);
  return undefined_value(env);
}

void add_watch_functions(napi_env env, napi_value exports) {
  add_function(env, exports, "watchOpen", watch_open);
  add_function(env, exports, "watchKeepAlive", watch_keep_alive);
  add_function(env, exports, "watchClose", watch_close);
}
