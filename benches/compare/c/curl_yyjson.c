/* The peer: libcurl and yyjson, copying every field. curl_yyjson BASE_URL PER_PAGE ROUNDS MODE, where MODE is all or page. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yyjson.h>

typedef struct { char *id, *custom_participant_id, *preset_name, *created_at, *updated_at, *name, *picture; } participant;
typedef struct { char *data; size_t len, cap; } buffer;

static size_t collect(char *data, size_t size, size_t count, void *to) {
    buffer *b = to;
    size_t n = size * count;
    if (b->len + n > b->cap) {
        b->cap = (b->len + n) * 2;
        b->data = realloc(b->data, b->cap);
    }
    memcpy(b->data + b->len, data, n);
    b->len += n;
    return n;
}

static char *copy(yyjson_val *object, const char *key) {
    yyjson_val *value = yyjson_obj_get(object, key);
    return yyjson_is_str(value) ? strdup(yyjson_get_str(value)) : NULL;
}

int main(int argc, char **argv) {
    if (argc != 5) return 2;
    long per_page = atol(argv[2]);
    size_t count = 0;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Authorization: Bearer token-0123456789");
    headers = curl_slist_append(headers, "Accept: application/json");
    buffer body = {0};
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    for (int round = atoi(argv[3]); round > 0; round--) {
        participant *all = NULL;
        size_t cap = 0;
        count = 0;
        for (long page = 1;; page++) {
            char url[512];
            snprintf(url, sizeof url, "%s/accounts/023e105f4ecef8ad9ca31a8372d0c353/realtime/kit/my-app/meetings/182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e/participants?page_no=%ld&per_page=%ld", argv[1], page, per_page);
            curl_easy_setopt(curl, CURLOPT_URL, url);
            body.len = 0;
            if (curl_easy_perform(curl) != CURLE_OK) return 1;
            yyjson_doc *doc = yyjson_read(body.data, body.len, 0);
            if (!doc) return 1;
            yyjson_val *root = yyjson_doc_get_root(doc), *element;
            double total = yyjson_get_num(yyjson_obj_get(yyjson_obj_get(root, "paging"), "total_count"));
            yyjson_arr_iter elements;
            yyjson_arr_iter_init(yyjson_obj_get(root, "data"), &elements);
            while ((element = yyjson_arr_iter_next(&elements))) {
                if (count == cap) all = realloc(all, (cap = cap ? cap * 2 : 64) * sizeof *all);
                participant *p = &all[count++];
                p->id = copy(element, "id");
                p->custom_participant_id = copy(element, "custom_participant_id");
                p->preset_name = copy(element, "preset_name");
                p->created_at = copy(element, "created_at");
                p->updated_at = copy(element, "updated_at");
                p->name = copy(element, "name");
                p->picture = copy(element, "picture");
            }
            yyjson_doc_free(doc);
            if (strcmp(argv[4], "page") == 0 || (double)count >= total) break;
        }
        size_t used = 0;
        for (size_t i = 0; i < count; i++) used += *all[i].id != 0;
        if (used != count) return 1;
        for (size_t i = 0; i < count; i++) {
            participant *p = &all[i];
            free(p->id), free(p->custom_participant_id), free(p->preset_name), free(p->created_at), free(p->updated_at), free(p->name), free(p->picture);
        }
        free(all);
    }
    fprintf(stderr, "%zu\n", count);
    free(body.data);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return 0;
}
