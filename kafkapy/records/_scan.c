/* Passes over the records of a batch, and over the batches of a segment, for kafkapy.records.scan, which says
 * what they are for.
 *
 * Strict: whatever is unusual is left to the Python that decides what is wrong and says so. Limited API, so
 * that one build serves every Python from 3.11 on. The layouts are those of kafkapy/records/header.py.
 */
#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Records */

#define INT_BYTES 5
#define LONG_BYTES 10

/* Reads a variable-length integer before its zigzag is undone; NULL if it does not end before `end`, is longer
 * than `most_bytes` or has more bits than its type. */
static const uint8_t *
read_zigzag(const uint8_t *at, const uint8_t *end, int most_bytes, uint64_t *value)
{
    uint64_t read = 0;
    for (int index = 0; index < most_bytes && at < end; index++) {
        uint64_t bits = *at & 0x7F;
        if (*at++ < 0x80) {
            *value = read | bits << (7 * index);
            if (most_bytes == INT_BYTES)
                return *value <= UINT32_MAX ? at : NULL;
            return index < LONG_BYTES - 1 || bits <= 1 ? at : NULL;
        }
        read |= bits << (7 * index);
    }
    return NULL;
}

/* Passes over an int32 length and so many bytes; none if the length is negative (`is_null`). */
static const uint8_t *
pass_field(const uint8_t *at, const uint8_t *end, int *is_null)
{
    uint64_t size;
    at = read_zigzag(at, end, INT_BYTES, &size);
    if (at == NULL)
        return NULL;
    *is_null = size & 1;
    if (*is_null)
        return at;
    size >>= 1;
    return size <= (uint64_t)(end - at) ? at + size : NULL;
}

static const uint8_t *
pass_headers(const uint8_t *at, const uint8_t *end)
{
    uint64_t count;
    int is_null;
    at = read_zigzag(at, end, INT_BYTES, &count);
    if (at == NULL || count & 1)
        return NULL;
    for (count >>= 1; count > 0; count--) {
        at = pass_field(at, end, &is_null);
        if (at == NULL || is_null)
            return NULL;
        at = pass_field(at, end, &is_null);
        if (at == NULL)
            return NULL;
    }
    return at;
}

struct batch {
    int64_t count, base_timestamp, oldest, newest;
    int needs_keys;
};

/* Whether the record that fills [at, end) is the `index`th of its batch, whole and allowed; raises `greatest`. */
static int
is_plain(const uint8_t *at, const uint8_t *end, int64_t index, const struct batch *batch, int64_t *greatest)
{
    uint64_t zigzag;
    int64_t timestamp;
    int is_null;
    if (at == end)
        return 0;
    at = read_zigzag(at + 1, end, LONG_BYTES, &zigzag);
    if (at == NULL)
        return 0;
    if (__builtin_add_overflow(batch->base_timestamp, (int64_t)(zigzag >> 1) ^ -(int64_t)(zigzag & 1), &timestamp))
        return 0;
    if (timestamp != -1 && (timestamp < batch->oldest || timestamp > batch->newest))
        return 0;
    at = read_zigzag(at, end, INT_BYTES, &zigzag);
    if (at == NULL || zigzag != (uint64_t)index << 1)
        return 0;
    at = pass_field(at, end, &is_null);
    if (at == NULL || (is_null && batch->needs_keys))
        return 0;
    at = pass_field(at, end, &is_null);
    if (at == NULL || pass_headers(at, end) != end)
        return 0;
    if (timestamp > *greatest)
        *greatest = timestamp;
    return 1;
}

/* Whether all records are plain, and nothing is left over. */
static int
all_plain(const uint8_t *at, const uint8_t *end, const struct batch *batch, int64_t *greatest)
{
    for (int64_t index = 0; index < batch->count; index++) {
        uint64_t size;
        at = read_zigzag(at, end, INT_BYTES, &size);
        if (at == NULL || size & 1 || (size >>= 1) > (uint64_t)(end - at))
            return 0;
        if (!is_plain(at, at + size, index, batch, greatest))
            return 0;
        at += size;
    }
    return at == end && batch->count >= 0;
}

static PyObject *
greatest_timestamp(PyObject *module, PyObject *args)
{
    Py_buffer body;
    struct batch batch;
    long long count, base_timestamp, oldest, newest;
    int64_t greatest = -1;
    int plain;
    if (!PyArg_ParseTuple(args, "y*LLLLp", &body, &count, &base_timestamp, &oldest, &newest, &batch.needs_keys))
        return NULL;
    batch.count = count;
    batch.base_timestamp = base_timestamp;
    batch.oldest = oldest;
    batch.newest = newest;
    plain = all_plain(body.buf, (const uint8_t *)body.buf + body.len, &batch, &greatest);
    PyBuffer_Release(&body);
    if (!plain)
        Py_RETURN_NONE;
    return PyLong_FromLongLong(greatest);
}

/* Checksums: CRC-32C by the instruction for it where there is one, else by table. */

static uint32_t crc_table[256];

static void
fill_crc_table(void)
{
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0x82F63B78u : 0);
        crc_table[byte] = crc;
    }
}

static uint32_t
crc32c_by_table(const uint8_t *at, const uint8_t *end)
{
    uint32_t crc = 0xFFFFFFFFu;
    while (at < end)
        crc = crc >> 8 ^ crc_table[(crc ^ *at++) & 0xFF];
    return ~crc;
}

static uint32_t (*crc32c)(const uint8_t *at, const uint8_t *end) = crc32c_by_table;

#if defined(__x86_64__)
#define HAS_CRC_INSTRUCTION __builtin_cpu_supports("sse4.2")

__attribute__((target("sse4.2"))) static uint32_t
crc32c_by_instruction(const uint8_t *at, const uint8_t *end)
{
    uint64_t crc = 0xFFFFFFFFu, word;
    for (; end - at >= 8; at += 8) {
        memcpy(&word, at, 8);
        crc = __builtin_ia32_crc32di(crc, word);
    }
    while (at < end)
        crc = __builtin_ia32_crc32qi((uint32_t)crc, *at++);
    return ~(uint32_t)crc;
}
#elif defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#define HAS_CRC_INSTRUCTION 1

static uint32_t
crc32c_by_instruction(const uint8_t *at, const uint8_t *end)
{
    uint32_t crc = 0xFFFFFFFFu;
    uint64_t word;
    for (; end - at >= 8; at += 8) {
        memcpy(&word, at, 8);
        crc = __crc32cd(crc, word);
    }
    while (at < end)
        crc = __crc32cb(crc, *at++);
    return ~crc;
}
#else
#define HAS_CRC_INSTRUCTION 0
#define crc32c_by_instruction crc32c_by_table
#endif

/* Batches */

#define HEADER_BYTES 61
#define LENGTH_OVERHEAD_BYTES 12
#define CRC_FROM 21
#define MAGIC 2
#define TRANSACTIONAL_OR_CONTROL 0x30
#define MOST_PRODUCERS 64
#define MOST_REMEMBERED 8

static uint64_t
read_big_endian(const uint8_t *at, int bytes)
{
    uint64_t value = 0;
    while (bytes-- > 0)
        value = value << 8 | *at++;
    return value;
}

struct producer {
    int64_t id, batches;
    Py_ssize_t starts[MOST_REMEMBERED];
};

struct entry {
    int64_t last_offset, position, largest, largest_at;
};

/* How far a recovery has come, and what it has to know of the batches passed. */
struct scan {
    int64_t last_possible, epoch, interval, remembered;
    int64_t next_offset, largest, largest_at, unindexed;
    Py_ssize_t at;
    struct producer producers[MOST_PRODUCERS];
    int producer_count, is_out_of_memory;
    struct entry *entries;
    Py_ssize_t entry_count, entry_room;
};

/* Remembers where a batch of this producer starts; 0 if there are too many producers. */
static int
note_producer(struct scan *scan, int64_t id)
{
    struct producer *found = scan->producers;
    struct producer *end = found + scan->producer_count;
    while (found < end && found->id != id)
        found++;
    if (found == end) {
        if (scan->producer_count == MOST_PRODUCERS)
            return 0;
        scan->producer_count++;
        found->id = id;
        found->batches = 0;
    }
    found->starts[found->batches++ % scan->remembered] = scan->at;
    return 1;
}

/* Adds an index entry for the batch at scan->at; 0 if there is no memory. */
static int
note_entry(struct scan *scan, int64_t last_offset)
{
    if (scan->entry_count == scan->entry_room) {
        Py_ssize_t room = scan->entry_room ? 2 * scan->entry_room : 256;
        struct entry *more = realloc(scan->entries, room * sizeof *more);
        if (more == NULL) {
            scan->is_out_of_memory = 1;
            return 0;
        }
        scan->entries = more;
        scan->entry_room = room;
    }
    scan->entries[scan->entry_count++] = (struct entry){last_offset, scan->at, scan->largest, scan->largest_at};
    return 1;
}

/* Passes over the batch at scan->at; 0, with nothing changed, if it is not a plain one. */
static int
pass_batch(struct scan *scan, const uint8_t *block, Py_ssize_t end)
{
    const uint8_t *batch = block + scan->at;
    int64_t first, last, timestamp, producer_id;
    int32_t length, epoch, delta;
    if (end - scan->at < HEADER_BYTES || batch[16] != MAGIC || batch[22] & TRANSACTIONAL_OR_CONTROL)
        return 0;
    first = (int64_t)read_big_endian(batch, 8);
    length = (int32_t)read_big_endian(batch + 8, 4);
    epoch = (int32_t)read_big_endian(batch + 12, 4);
    delta = (int32_t)read_big_endian(batch + 23, 4);
    timestamp = (int64_t)read_big_endian(batch + 35, 8);
    producer_id = (int64_t)read_big_endian(batch + 43, 8);
    if (length < HEADER_BYTES - LENGTH_OVERHEAD_BYTES || length > end - scan->at - LENGTH_OVERHEAD_BYTES)
        return 0;
    if (epoch != scan->epoch || first < scan->next_offset || delta < 0 || first > scan->last_possible - delta)
        return 0;
    if (crc32c(batch + CRC_FROM, batch + LENGTH_OVERHEAD_BYTES + length) != read_big_endian(batch + 17, 4))
        return 0;
    if (producer_id >= 0 && !note_producer(scan, producer_id))
        return 0;
    last = first + delta;
    if (timestamp > scan->largest) {
        scan->largest = timestamp;
        scan->largest_at = last;
    }
    if (scan->unindexed > scan->interval) {
        if (!note_entry(scan, last))
            return 0;
        scan->unindexed = 0;
    }
    scan->unindexed += length + LENGTH_OVERHEAD_BYTES;
    scan->next_offset = last + 1;
    scan->at += length + LENGTH_OVERHEAD_BYTES;
    return 1;
}

static PyObject *
list_of_entries(const struct scan *scan)
{
    PyObject *list = PyList_New(scan->entry_count);
    for (Py_ssize_t index = 0; list != NULL && index < scan->entry_count; index++) {
        const struct entry *entry = scan->entries + index;
        PyObject *item = Py_BuildValue("(LLLL)", (long long)entry->last_offset, (long long)entry->position,
                                       (long long)entry->largest, (long long)entry->largest_at);
        if (item == NULL || PyList_SetItem(list, index, item) < 0)
            Py_CLEAR(list);
    }
    return list;
}

/* (producer id, start of a batch) of the last batches of every producer, in order. */
static PyObject *
list_of_starts(const struct scan *scan)
{
    PyObject *list = PyList_New(0);
    for (int index = 0; list != NULL && index < scan->producer_count; index++) {
        const struct producer *producer = scan->producers + index;
        int64_t batch = producer->batches > scan->remembered ? producer->batches - scan->remembered : 0;
        for (; list != NULL && batch < producer->batches; batch++) {
            PyObject *item =
                Py_BuildValue("(Ln)", (long long)producer->id, producer->starts[batch % scan->remembered]);
            if (item == NULL || PyList_Append(list, item) < 0)
                Py_CLEAR(list);
            Py_XDECREF(item);
        }
    }
    return list;
}

static PyObject *
pass_batches(PyObject *module, PyObject *args)
{
    Py_buffer block;
    struct scan scan = {0};
    long long last_possible, epoch, interval, remembered, next_offset, largest, largest_at, unindexed;
    PyObject *entries, *starts;
    if (!PyArg_ParseTuple(args, "y*nLLLLLLLL", &block, &scan.at, &last_possible, &epoch, &interval, &remembered,
                          &next_offset, &largest, &largest_at, &unindexed))
        return NULL;
    if (scan.at < 0 || remembered < 1 || remembered > MOST_REMEMBERED) {
        PyBuffer_Release(&block);
        PyErr_SetString(PyExc_ValueError, "a position below 0, or too many batches to remember");
        return NULL;
    }
    scan.last_possible = last_possible, scan.epoch = epoch, scan.interval = interval;
    scan.remembered = remembered, scan.next_offset = next_offset;
    scan.largest = largest, scan.largest_at = largest_at, scan.unindexed = unindexed;
    Py_BEGIN_ALLOW_THREADS
    while (pass_batch(&scan, block.buf, block.len))
        ;
    Py_END_ALLOW_THREADS
    PyBuffer_Release(&block);
    if (scan.is_out_of_memory) {
        free(scan.entries);
        return PyErr_NoMemory();
    }
    entries = list_of_entries(&scan);
    starts = entries == NULL ? NULL : list_of_starts(&scan);
    free(scan.entries);
    if (starts == NULL) {
        Py_XDECREF(entries);
        return NULL;
    }
    return Py_BuildValue("(nLLLLNN)", scan.at, (long long)scan.next_offset, (long long)scan.largest,
                         (long long)scan.largest_at, (long long)scan.unindexed, entries, starts);
}

static PyMethodDef methods[] = {
    {"greatest_timestamp", greatest_timestamp, METH_VARARGS, NULL},
    {"pass_batches", pass_batches, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "kafkapy.records._scan", NULL, 0, methods, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC
PyInit__scan(void)
{
    fill_crc_table();
    if (HAS_CRC_INSTRUCTION)
        crc32c = crc32c_by_instruction;
    return PyModuleDef_Init(&definition);
}
