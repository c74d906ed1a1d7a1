/* One pass over the records section of a batch (magic 2), for kafkapy.records.scan, which says what it is for.
 *
 * Strict: whatever is unusual is left to the Python that decides what is wrong and says so. Limited API, so
 * that one build serves every Python from 3.11 on.
 */
#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>

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

static PyMethodDef methods[] = {
    {"greatest_timestamp", greatest_timestamp, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "kafkapy.records._scan", NULL, 0, methods, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC
PyInit__scan(void)
{
    return PyModuleDef_Init(&definition);
}
