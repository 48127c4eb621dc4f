/* io_uring: set a ring up, map its queues, enter it, register what belongs to it, and take it down. */
#include "sluice.h"
#include <errno.h>
#include <linux/io_uring.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A bit of the user data: the operation's results are descriptors. */
#define BRINGS_DESCRIPTOR (1ULL << 63)

/* What has to be undone when the thread's environment ends before the ring was closed. */
typedef struct ring {
  int fd;
  void *queues;
  size_t queues_length;
  void *entries;
  size_t entries_length;
  struct io_cqring_offsets completions;
  /* The memory as JavaScript sees it. */
  napi_ref queues_buffer;
  napi_ref entries_buffer;
  struct ring *next;
} ring;

/* The rings of this thread; there is one, except in tests. */
static _Thread_local ring *rings = NULL;

/* Ends every operation before the memory that they were given goes away. The kernel cancels asynchronously when a ring's
 * descriptor is closed; here it is waited for. */
static void cancel_all(int fd) {
  struct io_uring_sync_cancel_reg cancel;
  memset(&cancel, 0, sizeof cancel);
  cancel.flags = IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_ALL;
  cancel.timeout.tv_sec = -1;
  cancel.timeout.tv_nsec = -1;
  syscall(SYS_io_uring_register, fd, IORING_REGISTER_SYNC_CANCEL, &cancel, 1);
}

/* Closes the descriptors among the completions that nobody has read. Answers how many completions there were. */
static uint32_t close_unread(const ring *ended) {
  char *queues = ended->queues;
  const struct io_cqring_offsets *at = &ended->completions;
  const struct io_uring_cqe *completions = (struct io_uring_cqe *)(queues + at->cqes);
  uint32_t first = *(uint32_t *)(queues + at->head), head = first, mask = *(uint32_t *)(queues + at->ring_mask);
  uint32_t tail = __atomic_load_n((uint32_t *)(queues + at->tail), __ATOMIC_ACQUIRE);
  for (; head != tail; head++) {
    const struct io_uring_cqe *unread = &completions[head & mask];
    if ((unread->user_data & BRINGS_DESCRIPTOR) != 0 && unread->res >= 0) close(unread->res);
  }
  __atomic_store_n((uint32_t *)(queues + at->head), head, __ATOMIC_RELEASE);
  return head - first;
}

static void take_down(void *data) {
  ring *ended = data;
  for (ring **link = &rings; *link != NULL; link = &(*link)->next) {
    if (*link != ended) continue;
    *link = ended->next;
    break;
  }
  cancel_all(ended->fd);
  /* What found no room in the queue comes when there is some. */
  do syscall(SYS_io_uring_enter, ended->fd, 0, 0, IORING_ENTER_GETEVENTS, NULL, 0);
  while (close_unread(ended) > 0);
  close(ended->fd);
  munmap(ended->queues, ended->queues_length);
  munmap(ended->entries, ended->entries_length);
  free(ended);
}

static size_t larger(size_t one, size_t other) { return one > other ? one : other; }

static void describe(napi_env env, napi_value result, const struct io_uring_params *params) {
  set_number(env, result, "features", params->features);
  set_number(env, result, "sqHead", params->sq_off.head);
  set_number(env, result, "sqTail", params->sq_off.tail);
  set_number(env, result, "sqMask", params->sq_off.ring_mask);
  set_number(env, result, "sqFlags", params->sq_off.flags);
  set_number(env, result, "sqArray", params->sq_off.array);
  set_number(env, result, "sqEntries", params->sq_entries);
  set_number(env, result, "cqHead", params->cq_off.head);
  set_number(env, result, "cqTail", params->cq_off.tail);
  set_number(env, result, "cqMask", params->cq_off.ring_mask);
  set_number(env, result, "cqEntries", params->cq_entries);
  set_number(env, result, "cqFlags", params->cq_off.flags);
  set_number(env, result, "cqes", params->cq_off.cqes);
}

/* ringSetup(entries, completions, flags) → { fd, queues, entries, … } or -errno */
static napi_value ring_setup(napi_env env, napi_callback_info info) {
  arguments args = read_arguments(env, info);
  struct io_uring_params params;
  memset(&params, 0, sizeof params);
  params.flags = (uint32_t)double_argument(&args, 2) | IORING_SETUP_CQSIZE;
  params.cq_entries = (uint32_t)int_argument(&args, 1);
  int fd = (int)syscall(SYS_io_uring_setup, int_argument(&args, 0), &params);
  if (fd < 0) return outcome(env, fd);
  ring *made = calloc(1, sizeof *made);
  if (made == NULL) {
    close(fd);
    return number(env, -ENOMEM);
  }
  made->fd = fd;
  made->completions = params.cq_off;
  made->queues_length = larger(params.sq_off.array + params.sq_entries * sizeof(uint32_t),
                               params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe));
  made->entries_length = params.sq_entries * sizeof(struct io_uring_sqe);
  int protection = PROT_READ | PROT_WRITE, sharing = MAP_SHARED | MAP_POPULATE;
  made->queues = mmap(NULL, made->queues_length, protection, sharing, fd, IORING_OFF_SQ_RING);
  made->entries = mmap(NULL, made->entries_length, protection, sharing, fd, IORING_OFF_SQES);
  if (made->queues == MAP_FAILED || made->entries == MAP_FAILED) {
    int error = errno;
    if (made->queues != MAP_FAILED) munmap(made->queues, made->queues_length);
    if (made->entries != MAP_FAILED) munmap(made->entries, made->entries_length);
    close(fd);
    free(made);
    return number(env, -error);
  }
  made->next = rings;
  rings = made;
  napi_value queues = foreign_memory(env, made->queues, made->queues_length);
  napi_value entries = foreign_memory(env, made->entries, made->entries_length);
  if (queues == NULL || entries == NULL || napi_add_env_cleanup_hook(env, take_down, made) != napi_ok) {
    take_down(made);
    return number(env, -EOPNOTSUPP);
  }
  napi_create_reference(env, queues, 1, &made->queues_buffer);
  napi_create_reference(env, entries, 1, &made->entries_buffer);
  napi_value result = NULL;
  napi_create_object(env, &result);
  set_number(env, result, "fd", fd);
  napi_set_named_property(env, result, "queues", queues);
  napi_set_named_property(env, result, "entries", entries);
  describe(env, result, &params);
  return result;
}

static void detach(napi_env env, napi_ref reference) {
  napi_value buffer = NULL;
  napi_get_reference_value(env, reference, &buffer);
  if (buffer != NULL) napi_detach_arraybuffer(env, buffer);
  napi_delete_reference(env, reference);
}

/* ringClose(fd): its memory is detached, so that nothing can be read from where it was. */
static napi_value ring_close(napi_env env, napi_callback_info info) {
  arguments args = read_arguments(env, info);
  int fd = int_argument(&args, 0);
  for (ring *found = rings; found != NULL; found = found->next) {
    if (found->fd != fd) continue;
    napi_remove_env_cleanup_hook(env, take_down, found);
    detach(env, found->queues_buffer);
    detach(env, found->entries_buffer);
    take_down(found);
    return number(env, 0);
  }
  return number(env, -EBADF);
}

/* ringEnter(fd, submissions, completions, flags) → submissions taken, or -errno */
static napi_value ring_enter(napi_env env, napi_callback_info info) {
  arguments args = read_arguments(env, info);
  return outcome(env, syscall(SYS_io_uring_enter, int_argument(&args, 0), int_argument(&args, 1),
                              int_argument(&args, 2), int_argument(&args, 3), NULL, 0));
}

/* ringRegisterBuffers(fd, address, entries, group) → 0 or -errno */
static napi_value ring_register_buffers(napi_env env, napi_callback_info info) {
  arguments args = read_arguments(env, info);
  struct io_uring_buf_reg registration;
  memset(&registration, 0, sizeof registration);
  registration.ring_addr = (uint64_t)double_argument(&args, 1);
  registration.ring_entries = (uint32_t)int_argument(&args, 2);
  registration.bgid = (uint16_t)int_argument(&args, 3);
  return outcome(env, syscall(SYS_io_uring_register, int_argument(&args, 0), IORING_REGISTER_PBUF_RING,
                              &registration, 1));
}

/* ringRegisterEvent(fd, eventFd) → 0 or -errno */
static napi_value ring_register_event(napi_env env, napi_callback_info info) {
  arguments args = read_arguments(env, info);
  int event = int_argument(&args, 1);
  return outcome(env, syscall(SYS_io_uring_register, int_argument(&args, 0), IORING_REGISTER_EVENTFD, &event, 1));
}

/* addressOf(bytes) → where they lie; valid while the Uint8Array lives. 0 for what is none. */
static napi_value address_of(napi_env env, napi_callback_info info) {
  arguments args = read_arguments(env, info);
  return number(env, (double)(uintptr_t)bytes_argument(&args, 0, NULL));
}

void add_ring_functions(napi_env env, napi_value exports) {
  add_function(env, exports, "ringSetup", ring_setup);
  add_function(env, exports, "ringClose", ring_close);
  add_function(env, exports, "ringEnter", ring_enter);
  add_function(env, exports, "ringRegisterBuffers", ring_register_buffers);
  add_function(env, exports, "ringRegisterEvent", ring_register_event);
  add_function(env, exports, "addressOf", address_of);
}
