/* Descriptors that belong to an environment. When it ends, JavaScript cannot close them any more. */
#include "sluice.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One byte for each descriptor up to the largest: 1 where it is the environment's. */
typedef struct {
  uint8_t *is_owned;
  size_t length;
} descriptors;

static descriptors *descriptors_of(napi_env env) {
  void *found = NULL;
  napi_get_instance_data(env, &found);
  return found;
}

int own_descriptor(napi_env env, int fd) {
  if (fd < 0) return fd;
  descriptors *all = descriptors_of(env);
  if (all == NULL) return fd;
  if ((size_t)fd >= all->length) {
    size_t length = (size_t)fd * 2 + 64;
    uint8_t *larger = realloc(all->is_owned, length);
    /* Without memory for the note the descriptor works as well; it only outlives its environment. */
    if (larger == NULL) return fd;
    memset(larger + all->length, 0, length - all->length);
    all->is_owned = larger;
    all->length = length;
  }
  all->is_owned[fd] = 1;
  return fd;
}

/* descriptorAdopt(fd): one that came with a completion */
static napi_value descriptor_adopt(napi_env env, napi_callback_info info) {
  arguments args = read_arguments(env, info);
  return number(env, own_descriptor(env, int_argument(&args, 0)));
}

/* descriptorClose(fd) */
static napi_value descriptor_close(napi_env env, napi_callback_info info) {
  arguments args = read_arguments(env, info);
  int fd = int_argument(&args, 0);
  descriptors *all = descriptors_of(env);
  if (all != NULL && fd >= 0 && (size_t)fd < all->length) all->is_owned[fd] = 0;
  return outcome(env, close(fd));
}

static void close_all(void *data) {
  descriptors *all = data;
  for (size_t fd = 0; fd < all->length; fd++)
    if (all->is_owned[fd]) close((int)fd);
  free(all->is_owned);
  all->is_owned = NULL;
  all->length = 0;
}

static void forget(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  free(data);
}

/* Hooks run in the opposite order of their making: this one comes first, so that rings go before the descriptors. */
void add_descriptor_functions(napi_env env, napi_value exports) {
  descriptors *all = calloc(1, sizeof *all);
  if (all != NULL) {
    napi_set_instance_data(env, all, forget, NULL);
    napi_add_env_cleanup_hook(env, close_all, all);
  }
  add_function(env, exports, "descriptorAdopt", descriptor_adopt);
  add_function(env, exports, "descriptorClose", descriptor_close);
}
