/*
 * libpmi.so: PMI-1 as MPICH's pmi.h declares it, for programs that load it by its name (Open MPI through FLUX_PMI_LIBRARY_PATH, Intel MPI through
 * I_MPI_PMI_LIBRARY, MVAPICH2 through LD_LIBRARY_PATH). It speaks the wire protocol on the socket of PMI_FD; a process without PMI_FD, PMI_RANK and
 * PMI_SIZE is rank 0 of 1. Functions give PMI_SUCCESS or a PMI error; before PMI_Init that is PMI_ERR_INIT. With FLUX_PMI_DEBUG in the environment each
 * operation that asks the server is told on stderr.
 */
#include "wire.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))
#define CHECK(condition, code) \
    do { \
        if (!(condition)) \
            return code; \
    } while (0)
#define NEEDS_INIT CHECK(pmi.initialized, PMI_ERR_INIT)

typedef struct {
    const char *key;
    char *val;
} PMI_keyval_t;

/* Who looks for the PMI library of another launcher knows ours by this symbol; its text tells the build what the library was made of. */
EXPORT const char flux_pmi_library[] = SOURCE_ID;

static struct {
    int initialized;
    int fd; /* -1: nobody launched this process as part of a program */
    int rank, size;
    int kvsname_max, key_max, value_max; /* in bytes, with C's NUL */
    char kvsname[256];
} pmi;

enum { ANSWER_MAX = PMI_LINE_MAX };

/* ---- what is known of the program */

static int env_int(const char *name, int *value)
{
    const char *text = getenv(name);
    char *end;
    if (!text || *text == '\0')
        return -1;
    long number = strtol(text, &end, 10);
    if (*end != '\0' || number < 0 || number > 1 << 30)
        return -1;
    *value = (int)number;
    return 0;
}

static const char *code_text(int code)
{
    static const char *const texts[] = {
        "operation completed successfully", "PMI not initialized", "input buffer not large enough", "invalid argument", "invalid key argument",
        "invalid key length argument", "invalid val argument", "invalid val length argument", "invalid length argument",
    };
    return code >= 0 && code < (int)(sizeof(texts) / sizeof(*texts)) ? texts[code] : "operation failed";
}

/* Gives `code`, after FLUX_PMI_DEBUG was told of it. */
static int traced(int code, const char *operation, const char *format, ...)
{
    char text[PMI_LINE_MAX] = "";
    va_list args;
    if (!getenv("FLUX_PMI_DEBUG"))
        return code;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    fprintf(stderr, "pmi-debug-%s[%d]: %s (%s) = %s\n", pmi.fd < 0 ? "single" : "wire.1", pmi.rank, operation, text, code_text(code));
    return code;
}

static int start_wire(void)
{
    char answer[ANSWER_MAX];
    int code = wire_ask(pmi.fd, answer, "response_to_init", "cmd=init pmi_version=1 pmi_subversion=1");
    CHECK(code == PMI_SUCCESS, code);
    code = wire_ask(pmi.fd, answer, "maxes", "cmd=get_maxes");
    CHECK(code == PMI_SUCCESS, code);
    if (wire_int(answer, "kvsname_max", &pmi.kvsname_max) || wire_int(answer, "keylen_max", &pmi.key_max) ||
        wire_int(answer, "vallen_max", &pmi.value_max))
        return PMI_FAIL;
    code = wire_ask(pmi.fd, answer, "my_kvsname", "cmd=get_my_kvsname");
    CHECK(code == PMI_SUCCESS, code);
    return wire_word(answer, "kvsname", pmi.kvsname, sizeof(pmi.kvsname));
}

/* spawned: set to 0, for no program is started by PMI_Spawn_multiple. */
EXPORT int PMI_Init(int *spawned)
{
    CHECK(spawned, PMI_ERR_INVALID_ARG);
    *spawned = 0;
    if (pmi.initialized)
        return PMI_SUCCESS;
    int code = PMI_SUCCESS;
    if (env_int("PMI_FD", &pmi.fd) == 0 && env_int("PMI_RANK", &pmi.rank) == 0 && env_int("PMI_SIZE", &pmi.size) == 0) {
        code = start_wire();
    } else {
        pmi.fd = -1;
        pmi.rank = 0;
        pmi.size = 1;
        pmi.kvsname_max = pmi.key_max = 64;
        pmi.value_max = 1024;
        strcpy(pmi.kvsname, "singleton");
    }
    pmi.initialized = code == PMI_SUCCESS;
    return traced(code, "init", "");
}

EXPORT int PMI_Initialized(int *initialized)
{
    CHECK(initialized, PMI_ERR_INVALID_ARG);
    *initialized = pmi.initialized;
    return PMI_SUCCESS;
}

/* The socket stays open: it is the process's for a later PMI_Init, and the next program's of the same task. */
EXPORT int PMI_Finalize(void)
{
    char answer[ANSWER_MAX];
    NEEDS_INIT;
    pmi.initialized = 0;
    return traced(pmi.fd < 0 ? PMI_SUCCESS : wire_ask(pmi.fd, answer, "finalize_ack", "cmd=finalize"), "finalize", "");
}

/* Calls the whole program off, and ends this process. */
EXPORT int PMI_Abort(int exit_code, const char error_msg[])
{
    NEEDS_INIT;
    char text[PMI_LINE_MAX / 2];
    snprintf(text, sizeof(text), "%s", error_msg ? error_msg : "");
    for (char *at = text; (at = strchr(at, '\n'));)
        *at = ' ';
    traced(PMI_SUCCESS, "abort", "exitcode=%d%s%s", exit_code, *text ? " error_msg=" : "", text);
    if (pmi.fd >= 0)
        wire_tell(pmi.fd, "cmd=abort exitcode=%d%s%s", exit_code, *text ? " error_msg=" : "", text);
    exit(exit_code);
}

static int given(int *place, int value)
{
    NEEDS_INIT;
    CHECK(place, PMI_ERR_INVALID_ARG);
    *place = value;
    return PMI_SUCCESS;
}

/* Asks for a number, which is `alone` for a process that nobody launched. */
static int asked(int *place, const char *command, const char *answer_name, const char *key, int alone)
{
    char answer[ANSWER_MAX];
    NEEDS_INIT;
    CHECK(place, PMI_ERR_INVALID_ARG);
    int code = PMI_SUCCESS;
    if (pmi.fd < 0)
        *place = alone;
    else if ((code = wire_ask(pmi.fd, answer, answer_name, "cmd=%s", command)) == PMI_SUCCESS)
        code = wire_int(answer, key, place);
    return traced(code, command, "%s=%d", key, code == PMI_SUCCESS ? *place : -1);
}

EXPORT int PMI_Get_size(int *size) { return given(size, pmi.size); }
EXPORT int PMI_Get_rank(int *rank) { return given(rank, pmi.rank); }
EXPORT int PMI_Get_universe_size(int *size) { return asked(size, "get_universe_size", "universe_size", "size", 1); }
EXPORT int PMI_Get_appnum(int *appnum) { return asked(appnum, "get_appnum", "appnum", "appnum", 0); }

EXPORT int PMI_Barrier(void)
{
    char answer[ANSWER_MAX];
    NEEDS_INIT;
    return traced(pmi.fd < 0 ? PMI_SUCCESS : wire_ask(pmi.fd, answer, "barrier_out", "cmd=barrier_in"), "barrier", "");
}

/* ---- the key-value space */

static int copied(char *place, int size, const char *text, int too_long)
{
    CHECK(place, PMI_ERR_INVALID_ARG);
    CHECK(size > 0 && strlen(text) < (size_t)size, too_long);
    strcpy(place, text);
    return PMI_SUCCESS;
}

EXPORT int PMI_KVS_Get_my_name(char kvsname[], int length)
{
    NEEDS_INIT;
    return copied(kvsname, length, pmi.kvsname, PMI_ERR_INVALID_LENGTH);
}

EXPORT int PMI_KVS_Get_name_length_max(int *length) { return given(length, pmi.kvsname_max); }
EXPORT int PMI_KVS_Get_key_length_max(int *length) { return given(length, pmi.key_max); }
EXPORT int PMI_KVS_Get_value_length_max(int *length) { return given(length, pmi.value_max); }

/* A name that goes into a line as one word. */
static int checked_word(const char *word, int max, int invalid, int too_long)
{
    CHECK(word, PMI_ERR_INVALID_ARG);
    CHECK(*word && !strpbrk(word, " \t\r\n"), invalid);
    return strlen(word) < (size_t)max ? PMI_SUCCESS : too_long;
}

static int checked_key(const char *kvsname, const char *key)
{
    int code = checked_word(kvsname, pmi.kvsname_max, PMI_ERR_INVALID_ARG, PMI_ERR_INVALID_LENGTH);
    return code == PMI_SUCCESS ? checked_word(key, pmi.key_max, PMI_ERR_INVALID_KEY, PMI_ERR_INVALID_KEY_LENGTH) : code;
}

EXPORT int PMI_KVS_Put(const char kvsname[], const char key[], const char value[])
{
    char answer[ANSWER_MAX];
    NEEDS_INIT;
    int code = checked_key(kvsname, key);
    CHECK(code == PMI_SUCCESS, code);
    CHECK(value, PMI_ERR_INVALID_ARG);
    CHECK(!strchr(value, '\n'), PMI_ERR_INVALID_VAL);
    CHECK(strlen(value) < (size_t)pmi.value_max, PMI_ERR_INVALID_VAL_LENGTH);
    if (pmi.fd >= 0)
        code = wire_ask(pmi.fd, answer, "put_result", "cmd=put kvsname=%s key=%s value=%s", kvsname, key, value);
    return traced(code, "kvs_put", "key=%s value=%s", key, value);
}

/* What was put is there for others after the next barrier, without more. */
EXPORT int PMI_KVS_Commit(const char kvsname[])
{
    NEEDS_INIT;
    return checked_word(kvsname, pmi.kvsname_max, PMI_ERR_INVALID_ARG, PMI_ERR_INVALID_LENGTH);
}

EXPORT int PMI_KVS_Get(const char kvsname[], const char key[], char value[], int length)
{
    char answer[ANSWER_MAX];
    NEEDS_INIT;
    int code = checked_key(kvsname, key);
    CHECK(code == PMI_SUCCESS, code);
    CHECK(value, PMI_ERR_INVALID_ARG);
    const char *found = NULL;
    code = pmi.fd < 0 ? PMI_FAIL : wire_ask(pmi.fd, answer, "get_result", "cmd=get kvsname=%s key=%s", kvsname, key);
    if (code == PMI_SUCCESS)
        code = (found = wire_rest(answer, "value")) ? copied(value, length, found, PMI_ERR_INVALID_VAL_LENGTH) : PMI_FAIL;
    return traced(code, "kvs_get", "key=%s%s%s", key, found ? " value=" : "", found ? found : "");
}

/* ---- who shares the node */

/* A block of PMI_process_mapping, `(FIRST,NODES,PROCS)`: nodes from FIRST on, each with PROCS consecutive ranks. */
struct block {
    int first, nodes, procs;
};

static int next_block(const char **at, struct block *block)
{
    int length = 0;
    int numbers = sscanf(*at, " , ( %d , %d , %d )%n", &block->first, &block->nodes, &block->procs, &length);
    *at += length;
    return numbers == 3 && length > 0 && block->nodes > 0 && block->procs > 0;
}

/* The node of a rank; the blocks are repeated until all ranks have a place. -1: the mapping does not tell. */
static int node_of(int rank, const char *blocks)
{
    struct block block;
    long total = 0;
    for (const char *at = blocks; next_block(&at, &block);)
        total += (long)block.nodes * block.procs;
    CHECK(total > 0, -1);
    long place = rank % total;
    for (const char *at = blocks; next_block(&at, &block); place -= (long)block.nodes * block.procs)
        if (place < (long)block.nodes * block.procs)
            return block.first + (int)(place / block.procs);
    return -1;
}

/* Ranks on this process's node, in order: gives how many, and the first `max` of them in `ranks`. Its own alone where no mapping is told. */
static int clique(int ranks[], int max)
{
    static const char head[] = "(vector";
    char mapping[ANSWER_MAX];
    int told = PMI_KVS_Get(pmi.kvsname, "PMI_process_mapping", mapping, sizeof(mapping)) == PMI_SUCCESS && strncmp(mapping, head, strlen(head)) == 0;
    const char *blocks = told ? mapping + strlen(head) : "";
    int node = node_of(pmi.rank, blocks);
    int count = 0;
    for (int rank = 0; rank < pmi.size; rank++) {
        if (rank != pmi.rank && (node < 0 || node_of(rank, blocks) != node))
            continue;
        if (count < max)
            ranks[count] = rank;
        count++;
    }
    return count;
}

EXPORT int PMI_Get_clique_size(int *size)
{
    NEEDS_INIT;
    CHECK(size, PMI_ERR_INVALID_ARG);
    *size = clique(NULL, 0);
    return PMI_SUCCESS;
}

/* length: how many ranks there is room for. */
EXPORT int PMI_Get_clique_ranks(int ranks[], int length)
{
    NEEDS_INIT;
    CHECK(ranks, PMI_ERR_INVALID_ARG);
    return clique(ranks, length) <= length ? PMI_SUCCESS : PMI_ERR_INVALID_LENGTH;
}

/* ---- names, which the server may know */

static int name_request(const char *command, const char *answer_name, char *answer, const char *service, const char *port)
{
    NEEDS_INIT;
    CHECK(service && (port || strcmp(command, "publish_name") != 0), PMI_ERR_INVALID_ARG);
    CHECK(pmi.fd >= 0, PMI_FAIL);
    int code = wire_ask(pmi.fd, answer, answer_name, "cmd=%s service=%s%s%s", command, service, port ? " port=" : "", port ? port : "");
    return traced(code, command, "service=%s", service);
}

EXPORT int PMI_Publish_name(const char service[], const char port[])
{
    char answer[ANSWER_MAX];
    return name_request("publish_name", "publish_result", answer, service, port);
}

EXPORT int PMI_Unpublish_name(const char service[])
{
    char answer[ANSWER_MAX];
    return name_request("unpublish_name", "unpublish_result", answer, service, NULL);
}

/* port: room for a port's name, of PMI_KVS_Get_value_length_max() bytes. */
EXPORT int PMI_Lookup_name(const char service[], char port[])
{
    char answer[ANSWER_MAX];
    int code = name_request("lookup_name", "lookup_result", answer, service, NULL);
    CHECK(code == PMI_SUCCESS, code);
    CHECK(port, PMI_ERR_INVALID_ARG);
    return wire_word(answer, "port", port, pmi.value_max);
}

/* ---- what older programs call: a job's name is that of its key-value space, and there is one space */

EXPORT int PMI_Get_id(char id[], int length) { return PMI_KVS_Get_my_name(id, length); }
EXPORT int PMI_Get_kvs_domain_id(char id[], int length) { return PMI_KVS_Get_my_name(id, length); }
EXPORT int PMI_Get_id_length_max(int *length) { return PMI_KVS_Get_name_length_max(length); }

/* What no server of this protocol offers gives PMI_FAIL. */
#define NOT_OFFERED(name, ...) \
    EXPORT int name(__VA_ARGS__) \
    { \
        NEEDS_INIT; \
        return PMI_FAIL; \
    }

NOT_OFFERED(PMI_Spawn_multiple, int count, const char *commands[], const char **argvs[], const int maxprocs[], const int infos[],
            const PMI_keyval_t *info_keyvals[], int preput_size, const PMI_keyval_t preput_keyvals[], int errors[])
NOT_OFFERED(PMI_KVS_Create, char kvsname[], int length)
NOT_OFFERED(PMI_KVS_Destroy, const char kvsname[])
NOT_OFFERED(PMI_KVS_Iter_first, const char kvsname[], char key[], int key_length, char value[], int value_length)
NOT_OFFERED(PMI_KVS_Iter_next, const char kvsname[], char key[], int key_length, char value[], int value_length)
NOT_OFFERED(PMI_Parse_option, int argc, char *argv[], int *parsed, PMI_keyval_t **keyvals, int *size)
NOT_OFFERED(PMI_Args_to_keyval, int *argc, char *((*argv)[]), PMI_keyval_t *((*keyvals)[]), int *size)
NOT_OFFERED(PMI_Free_keyvals, PMI_keyval_t keyvals[], int size)
NOT_OFFERED(PMI_Get_options, char *text, int *length)
