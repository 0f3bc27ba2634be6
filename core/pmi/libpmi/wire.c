#include "wire.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int write_line(int fd, const char *format, va_list args);
static int read_line(int fd, char *line);

int wire_ask(int fd, char *answer, const char *expected, const char *format, ...)
{
    char command[32];
    int code = PMI_SUCCESS;
    va_list args;

    va_start(args, format);
    int written = write_line(fd, format, args);
    va_end(args);
    if (written != PMI_SUCCESS)
        return written;
    if (read_line(fd, answer) < 0)
        return PMI_FAIL;
    if (wire_word(answer, "cmd", command, sizeof(command)) != PMI_SUCCESS || strcmp(command, expected) != 0)
        return PMI_FAIL;
    wire_int(answer, "rc", &code); /* MPICH's hydra leaves it out where all is well */
    return code;
}

int wire_tell(int fd, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int written = write_line(fd, format, args);
    va_end(args);
    return written;
}

const char *wire_rest(const char *line, const char *key)
{
    size_t length = strlen(key);
    for (const char *at = strstr(line, key); at; at = strstr(at + 1, key))
        if ((at == line || isspace((unsigned char)at[-1])) && at[length] == '=')
            return at + length + 1;
    return NULL;
}

int wire_word(const char *line, const char *key, char *word, int size)
{
    const char *value = wire_rest(line, key);
    if (!value)
        return PMI_FAIL;
    size_t length = strcspn(value, " \t");
    if (size < 1 || length >= (size_t)size)
        return PMI_ERR_INVALID_LENGTH;
    memcpy(word, value, length);
    word[length] = '\0';
    return PMI_SUCCESS;
}

int wire_int(const char *line, const char *key, int *value)
{
    const char *text = wire_rest(line, key);
    char *end;
    if (!text)
        return PMI_FAIL;
    long number = strtol(text, &end, 10);
    if (end == text || (*end != '\0' && !isspace((unsigned char)*end)) || number < INT_MIN || number > INT_MAX)
        return PMI_FAIL;
    *value = (int)number;
    return PMI_SUCCESS;
}

static int write_line(int fd, const char *format, va_list args)
{
    char line[PMI_LINE_MAX];
    int length = vsnprintf(line, sizeof(line), format, args);
    if (length < 0)
        return PMI_FAIL;
    if (length + 1 >= PMI_LINE_MAX) /* with the newline, and shorter than the longest that servers take */
        return PMI_ERR_INVALID_LENGTH;
    line[length++] = '\n';
    for (int sent = 0; sent < length;) {
        /* without SIGPIPE, which would end the program without a word */
        ssize_t n = send(fd, line + sent, length - sent, MSG_NOSIGNAL);
        if (n < 0 && errno == ENOTSOCK)
            n = write(fd, line + sent, length - sent);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return PMI_FAIL;
        sent += n;
    }
    return PMI_SUCCESS;
}

/* Each request has one answer of one line, so nothing may follow it. */
static int read_line(int fd, char *line)
{
    for (int length = 0; length < PMI_LINE_MAX;) {
        ssize_t n = read(fd, line + length, PMI_LINE_MAX - length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        char *end = memchr(line + length, '\n', n);
        length += n;
        if (end) {
            *end = '\0';
            return end == line + length - 1 ? 0 : -1;
        }
    }
    return -1;
}
