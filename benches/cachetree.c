/*
 * Counts the files below directories and the bytes of them in the page cache, on all cores:
 *
 *     cachetree [-j THREADS] PATH...
 *
 * This is the reference for `mmapctl cached`: openat, fstat, cachestat and close for each regular file, a sum for each
 * thread, and nothing else. Every name counts, also a second one of the same file. Symbolic links are not followed.
 * Directories wait in one stack, whose depth is the only thing that grows. Needs Linux 6.5.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif

struct range {
    uint64_t offset, length;
};

struct pages {
    uint64_t cached, dirty, writeback, evicted, recently_evicted;
};

struct sum {
    uint64_t files, directories, size, cached, dirty, failures;
};

struct directory {
    struct directory *next;
    char path[];
};

static struct {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct directory *first; /* waiting to be read */
    unsigned busy;           /* threads that may still add directories */
} queue = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, NULL, 0};

static void complain(struct sum *sum, const char *directory, const char *name)
{
    fprintf(stderr, "cachetree: %s%s%s: %s\n", directory, *directory ? "/" : "", name, strerror(errno));
    sum->failures++;
}

static void push(const char *parent, const char *name)
{
    size_t before = strlen(parent), after = strlen(name) + 1;
    struct directory *added = malloc(sizeof *added + before + 1 + after);
    if (!added) {
        perror("cachetree");
        exit(1);
    }
    memcpy(added->path, parent, before);
    if (before)
        added->path[before++] = '/';
    memcpy(added->path + before, name, after);
    pthread_mutex_lock(&queue.mutex);
    added->next = queue.first;
    queue.first = added;
    pthread_cond_signal(&queue.changed);
    pthread_mutex_unlock(&queue.mutex);
}

/* Takes a directory from the queue; NULL when none is left and no thread can add one. */
static struct directory *pop(void)
{
    struct directory *taken;
    pthread_mutex_lock(&queue.mutex);
    while (!queue.first && queue.busy)
        pthread_cond_wait(&queue.changed, &queue.mutex);
    taken = queue.first;
    if (taken) {
        queue.first = taken->next;
        queue.busy++;
    }
    pthread_mutex_unlock(&queue.mutex);
    return taken;
}

static void done(struct directory *directory)
{
    free(directory);
    pthread_mutex_lock(&queue.mutex);
    if (!--queue.busy && !queue.first)
        pthread_cond_broadcast(&queue.changed);
    pthread_mutex_unlock(&queue.mutex);
}

static void measure(struct sum *sum, int parent, const char *directory, const char *name)
{
    static const struct range whole = {0, 0};
    struct stat status;
    struct pages pages;
    int file = openat(parent, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (file < 0) {
        complain(sum, directory, name);
        return;
    }
    if (fstat(file, &status) || syscall(SYS_cachestat, file, &whole, &pages, 0)) {
        complain(sum, directory, name);
    } else {
        sum->files++;
        sum->size += (uint64_t)status.st_size;
        sum->cached += pages.cached;
        sum->dirty += pages.dirty;
    }
    close(file);
}

/* The type of an entry in the terms of readdir, from the file itself where the directory does not give it. */
static int type_of(int parent, const char *name, int type)
{
    struct stat status;
    if (type != DT_UNKNOWN)
        return type;
    if (fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW))
        return DT_UNKNOWN;
    return IFTODT(status.st_mode);
}

static void read_directory(struct sum *sum, const char *path)
{
    int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    DIR *stream = descriptor < 0 ? NULL : fdopendir(descriptor);
    struct dirent *entry;
    if (!stream) {
        complain(sum, "", path);
        if (descriptor >= 0)
            close(descriptor);
        return;
    }
    sum->directories++;
    while (errno = 0, entry = readdir(stream)) {
        const char *name = entry->d_name;
        if (!strcmp(name, ".") || !strcmp(name, ".."))
            continue;
        switch (type_of(descriptor, name, entry->d_type)) {
        case DT_DIR:
            push(path, name);
            break;
        case DT_REG:
            measure(sum, descriptor, path, name);
            break;
        }
    }
    if (errno)
        complain(sum, "", path);
    closedir(stream);
}

static void *work(void *argument)
{
    struct sum *result = argument, sum = {0};
    for (struct directory *directory; (directory = pop()); done(directory))
        read_directory(&sum, directory->path);
    *result = sum;
    return NULL;
}

int main(int count, char **arguments)
{
    long threads = sysconf(_SC_NPROCESSORS_ONLN);
    for (int option; (option = getopt(count, arguments, "j:")) != -1;) {
        if (option != 'j') {
            fprintf(stderr, "usage: cachetree [-j THREADS] PATH...\n");
            return 2;
        }
        threads = strtol(optarg, NULL, 10);
    }
    if (threads < 1)
        threads = 1;

    struct sum total = {0}, *sums = calloc((size_t)threads, sizeof *sums);
    pthread_t *thread = calloc((size_t)threads, sizeof *thread);
    if (!sums || !thread) {
        perror("cachetree");
        return 1;
    }
    for (int i = optind; i < count; i++) {
        struct stat status;
        if (lstat(arguments[i], &status))
            complain(&total, "", arguments[i]);
        else if (S_ISDIR(status.st_mode))
            push("", arguments[i]);
        else if (S_ISREG(status.st_mode))
            measure(&total, AT_FDCWD, "", arguments[i]);
    }
    for (long i = 0; i < threads; i++) {
        if ((errno = pthread_create(&thread[i], NULL, work, &sums[i]))) {
            perror("cachetree");
            return 1;
        }
    }
    for (long i = 0; i < threads; i++) {
        pthread_join(thread[i], NULL);
        total.files += sums[i].files;
        total.directories += sums[i].directories;
        total.size += sums[i].size;
        total.cached += sums[i].cached;
        total.dirty += sums[i].dirty;
        total.failures += sums[i].failures;
    }
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    printf("files=%ju directories=%ju size=%ju cached=%ju dirty=%ju\n", (uintmax_t)total.files,
           (uintmax_t)total.directories, (uintmax_t)total.size, (uintmax_t)(total.cached * page),
           (uintmax_t)(total.dirty * page));
    return total.failures != 0;
}
