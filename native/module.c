/* The addon: Node-API, so that one binary serves Node.js 20 and newer. System calls only; policy is TypeScript's. */
#include "sluice.h"
#include <errno.h>
#include <string.h>

arguments read_arguments(napi_env env, napi_callback_info info) {
  arguments args = {.env = env, .count = MAX_ARGUMENTS};
  napi_get_cb_info(env, info, &args.count, args.values, NULL, NULL);
  /* It answers how many were given, which may be more than there was room for. */
  if (args.count > MAX_ARGUMENTS) args.count = MAX_ARGUMENTS;
  return args;
}

int32_t int_argument(const arguments *args, size_t index) {
  int32_t value = 0;
  if (index < args->count) napi_get_value_int32(args->env, args->values[index], &value);
  return value;
}

double double_argument(const arguments *args, size_t index) {
  double value = 0;
  if (index < args->count) napi_get_value_double(args->env, args->values[index], &value);
  return value;
}

void *bytes_argument(const arguments *args, size_t index, size_t *length) {
  void *bytes = NULL;
  size_t found = 0;
  napi_typedarray_type type;
  if (index < args->count)
    napi_get_typedarray_info(args->env, args->values[index], &type, &found, &bytes, NULL, NULL);
  if (length != NULL) *length = found;
  return bytes;
}

napi_value number(napi_env env, double value) {
  napi_value result = NULL;
  napi_create_double(env, value, &result);
  return result;
}

napi_value outcome(napi_env env, long result) { return number(env, result < 0 ? -errno : result); }

napi_value undefined_value(napi_env env) {
  napi_value result = NULL;
  napi_get_undefined(env, &result);
  return result;
}

void set_number(napi_env env, napi_value object, const char *name, double value) {
  napi_set_named_property(env, object, name, number(env, value));
}

napi_value foreign_memory(napi_env env, void *memory, size_t length) {
  napi_value result = NULL;
  if (napi_create_external_arraybuffer(env, memory, length, NULL, NULL, &result) != napi_ok) return NULL;
  return result;
}

void add_function(napi_env env, napi_value exports, const char *name, napi_callback function) {
  napi_value value = NULL;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, function, NULL, &value);
  napi_set_named_property(env, exports, name, value);
}

NAPI_MODULE_INIT() {
  add_descriptor_functions(env, exports);
  add_ring_functions(env, exports);
  add_socket_functions(env, exports);
  add_watch_functions(env, exports);
  return exports;
}
