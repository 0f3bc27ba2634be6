/* Calls functions of the library that FLUX_PMI_LIBRARY_PATH names, as the words of its arguments say, and prints what they give. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *library;

static void *function(const char *name)
{
    void *address = dlsym(library, name);
    if (!address) {
        printf("%s: missing\n", name);
        exit(1);
    }
    return address;
}

#define CALL(name, ...) ((int (*)())function(name))(__VA_ARGS__)

static void number(const char *name)
{
    int value = -1;
    int code = CALL(name, &value);
    printf("%s %d %d\n", name, code, value);
}

int main(int argc, char *argv[])
{
    char text[1024], own[1024] = "";
    int ranks[16], spawned = 9, count = 0;

    library = dlopen(getenv("FLUX_PMI_LIBRARY_PATH"), RTLD_NOW);
    if (!library) {
        printf("%s\n", dlerror());
        return 1;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 1; i < argc; i++) {
        char *word = argv[i], *value = strchr(word, '=');
        if (value)
            *value++ = '\0';
        if (strcmp(word, "init") == 0)
            printf("init %d\n", CALL("PMI_Init", &spawned) * 10 + spawned);
        else if (strcmp(word, "name") == 0) {
            int code = CALL("PMI_KVS_Get_my_name", own, (int)sizeof(own));
            printf("name %d %s\n", code, own);
        } else if (strcmp(word, "short") == 0)
            printf("short %d\n", CALL("PMI_KVS_Get_my_name", text, 1));
        else if (strcmp(word, "put") == 0) {
            char *key = value;
            value = strchr(key, ':');
            *value++ = '\0';
            printf("put %d\n", CALL("PMI_KVS_Put", own, key, value));
        } else if (strcmp(word, "long") == 0) { /* a value of so many bytes */
            int length = atoi(value);
            char *big = malloc(length + 1);
            memset(big, 'x', length);
            big[length] = '\0';
            printf("long %d\n", CALL("PMI_KVS_Put", own, "long", big));
            free(big);
        } else if (strcmp(word, "get") == 0) {
            strcpy(text, "-");
            int code = CALL("PMI_KVS_Get", own, value, text, (int)sizeof(text));
            printf("get %d %s\n", code, text);
        } else if (strcmp(word, "clique") == 0) {
            CALL("PMI_Get_clique_size", &count);
            printf("clique %d", CALL("PMI_Get_clique_ranks", ranks, count));
            for (int rank = 0; rank < count; rank++)
                printf(" %d", ranks[rank]);
            printf("\n");
        } else if (strcmp(word, "spawn") == 0)
            printf("spawn %d\n", CALL("PMI_Spawn_multiple", 0, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL));
        else if (strcmp(word, "publish") == 0)
            printf("publish %d\n", CALL("PMI_Publish_name", "service", "port"));
        else if (strcmp(word, "abort") == 0)
            CALL("PMI_Abort", 3, value);
        else if (strncmp(word, "PMI_", 4) == 0 && value) /* a function that takes nothing */
            printf("%s %d\n", word, CALL(word));
        else
            number(word);
    }
    return 0;
}
