/* What the files of the addon share: argument reading, results, and the functions they register. */
#ifndef SLUICE_H
#define SLUICE_H

#define NAPI_VERSION 8
#include <node_api.h>
#include <stddef.h>
#include <stdint.h>

#define MAX_ARGUMENTS 8

/* The arguments of one call. Missing or mistyped ones read as 0: the callers are our own TypeScript. */
typedef struct {
  napi_env env;
  size_t count;
  napi_value values[MAX_ARGUMENTS];
} arguments;

arguments read_arguments(napi_env env, napi_callback_info info);
int32_t int_argument(const arguments *args, size_t index);
double double_argument(const arguments *args, size_t index);
/* The memory of a Uint8Array, and its length. */
void *bytes_argument(const arguments *args, size_t index, size_t *length);

napi_value number(napi_env env, double value);
/* What a system call answered, or -errno. */
napi_value outcome(napi_env env, long result);
napi_value undefined_value(napi_env env);
void set_number(napi_env env, napi_value object, const char *name, double value);
/* Memory of ours as an ArrayBuffer that the collector leaves alone; NULL where there can be none, as in Electron. */
napi_value foreign_memory(napi_env env, void *memory, size_t length);
void add_function(napi_env env, napi_value exports, const char *name, napi_callback function);
/* Notes a descriptor, to be closed with the environment if nobody closes it before. Answers it, or the error that it is. */
int own_descriptor(napi_env env, int fd);

void add_descriptor_functions(napi_env env, napi_value exports);
void add_ring_functions(napi_env env, napi_value exports);
void add_socket_functions(napi_env env, napi_value exports);
void add_watch_functions(napi_env env, napi_value exports);

#endif
