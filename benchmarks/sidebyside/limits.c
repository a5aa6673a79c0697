// What a program in C reaches with a file in the page cache, in memory of its own or mapped; the header is a part of it.
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

// Maps the file and adds up its bytes, eight at a time. Returns the seconds of the last pass, or less than 0.
static double touch(int file, off_t size, int passes) {
    double start = now(), seconds = 0;
    const uint64_t *words = mmap(NULL, size, PROT_READ, MAP_SHARED, file, 0);
    if (words == MAP_FAILED) return -1;
    volatile uint64_t result;
    for (int pass = 0; pass < passes; pass++) {
        if (pass > 0) start = now();
        uint64_t sum = 0;
        for (off_t i = 0; i < size / 8; i++) sum += words[i];
        result = sum;
        seconds = now() - start;
    }
    (void)result;
    return seconds;
}

// Reads the whole file into memory.
static double load(int file, off_t size) {
    double start = now();
    char *bytes = malloc(size);
    if (bytes == NULL) return -1;
    for (off_t at = 0; at < size;) {
        ssize_t count = pread(file, bytes + at, size - at, at);
        if (count <= 0) return -1;
        at += count;
    }
    return now() - start;
}

int main(int argc, char **argv) {
    if (argc < 3) return 2;
    struct stat status;
    int file = open(argv[2], O_RDONLY);
    if (file < 0 || fstat(file, &status) != 0) return 1;
    int loads = strcmp(argv[1], "load") == 0;
    double seconds = loads ? load(file, status.st_size) : touch(file, status.st_size, argc > 3 ? atoi(argv[3]) : 1);
    if (seconds < 0) return 1;
    printf("{\"seconds\": %.6f}\n", seconds);
    return 0;
}
