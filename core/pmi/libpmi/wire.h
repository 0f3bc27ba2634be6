/* PMI-1 "simple" as a client speaks it: lines of key=value words over the socket of PMI_FD. */
#ifndef FLUX_PMI_WIRE_H
#define FLUX_PMI_WIRE_H

/* The longest line of the protocol, newline included, with room for C's NUL. */
#define PMI_LINE_MAX 1217

/* Results of PMI functions. */
enum {
    PMI_SUCCESS = 0,
    PMI_FAIL = -1,
    PMI_ERR_INIT = 1,
    PMI_ERR_NOMEM = 2,
    PMI_ERR_INVALID_ARG = 3,
    PMI_ERR_INVALID_KEY = 4,
    PMI_ERR_INVALID_KEY_LENGTH = 5,
    PMI_ERR_INVALID_VAL = 6,
    PMI_ERR_INVALID_VAL_LENGTH = 7,
    PMI_ERR_INVALID_LENGTH = 8,
};

/*
 * Writes a request, formatted as printf(3) does and without its newline, and reads the answer to it into `answer` (PMI_LINE_MAX bytes). Gives the answer's
 * result code; PMI_FAIL if the connection is broken or the answer is not `cmd=EXPECTED`, PMI_ERR_INVALID_LENGTH if the request is too long a line.
 */
int wire_ask(int fd, char *answer, const char *expected, const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Writes a line that nobody answers. */
int wire_tell(int fd, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Where the value of `key=` begins, which stands at the line's start or after white space; NULL: it is missing. It goes to the line's end. */
const char *wire_rest(const char *line, const char *key);

/* Copies the word after `key=`. PMI_FAIL: there is none; PMI_ERR_INVALID_LENGTH: it does not fit. */
int wire_word(const char *line, const char *key, char *word, int size);

/* The integer after `key=`. PMI_FAIL: there is none. */
int wire_int(const char *line, const char *key, int *value);

#endif
