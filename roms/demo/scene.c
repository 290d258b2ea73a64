/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What moves: boxes with round corners that bounce off the edges, one that the arrow keys push, and a
 * bar of text. A page is brought up to date by wiping what was drawn on it two frames ago and drawing
 * anew; nothing depends on time, so frame N is the same in every run.
 */
#include "roms/demo/demo.h"

#define FRACTION     4 /* bits of a coordinate behind the point */
#define BAR_HEIGHT   96u
#define START_BOXES  18u
#define PLAYER_TINT  7u
#define PLAYER_PUSH  48
#define SPEED        60
#define CORNER       40u
#define LETTER_STEP  (LETTER * 3 / 4) /* letters are narrower than their cells, */
#define LETTER_INSET (LETTER / 8)     /* and stand in the middle of them */
#define DIGITS       10u
#define RANDOM_START 20171214u /* any but 0; known pictures depend on it */
#define HELP         "ARROWS MOVE  SPACE PAUSE  + - BOXES  F RATE  Q QUIT"

static uint32_t next_random(struct scene *scene)
{
    scene->random ^= scene->random << 13;
    scene->random ^= scene->random >> 17;
    scene->random ^= scene->random << 5;
    return scene->random;
}

static void place_box(struct scene *scene, const struct gpu *gpu, unsigned index)
{
    struct box *box = &scene->box[index];
    uint32_t width = gpu->width - SPRITE;
    uint32_t height = gpu->height - BAR_HEIGHT - SPRITE;

    box->size = next_random(scene) % SPRITES;
    box->x = (int32_t)(next_random(scene) % width) << FRACTION;
    box->y = (int32_t)(next_random(scene) % height) << FRACTION;
    box->dx = (int32_t)(next_random(scene) % (2 * SPEED)) - SPEED;
    box->dy = (int32_t)(next_random(scene) % (2 * SPEED)) - SPEED;
    if (box->dx == 0) box->dx = SPEED;
    if (box->dy == 0) box->dy = SPEED;
    box->tint = index % (TINTS - 1);
}

void scene_init(struct scene *scene, const struct gpu *gpu)
{
    memset(scene, 0, sizeof(*scene));
    scene->random = RANDOM_START;
    scene->player_x = (int32_t)(gpu->width - SPRITE) / 2;
    scene->player_y = (int32_t)(gpu->height - BAR_HEIGHT - SPRITE) / 4;
    for (scene->boxes = 0; scene->boxes < START_BOXES; scene->boxes++) {
        place_box(scene, gpu, scene->boxes);
    }
}

/* ---- Keys ---- */

static int32_t bound(int32_t value, int32_t most)
{
    if (value < 0) return 0;
    return value > most ? most : value;
}

static void push(struct scene *scene, const struct gpu *gpu, int32_t x, int32_t y)
{
    scene->player_x = bound(scene->player_x + x, (int32_t)(gpu->width - SPRITE));
    scene->player_y = bound(scene->player_y + y, (int32_t)(gpu->height - BAR_HEIGHT - SPRITE));
}

/* The bar shows the last characters typed. */
static void show_typed(struct scene *scene, char c)
{
    unsigned count = 0;

    while (scene->typed[count] != '\0') {
        count++;
    }
    if (count == TYPED_MAX) {
        for (unsigned i = 1; i < TYPED_MAX; i++) {
            scene->typed[i - 1] = scene->typed[i];
        }
        count--;
    }
    scene->typed[count] = c;
    scene->typed[count + 1] = '\0';
}

bool scene_key(struct scene *scene, const struct gpu *gpu, int key)
{
    switch (key) {
    case KEY_LEFT: push(scene, gpu, -PLAYER_PUSH, 0); break;
    case KEY_RIGHT: push(scene, gpu, PLAYER_PUSH, 0); break;
    case KEY_UP: push(scene, gpu, 0, -PLAYER_PUSH); break;
    case KEY_DOWN: push(scene, gpu, 0, PLAYER_PUSH); break;
    case ' ': scene->is_paused = !scene->is_paused; break;
    case '+':
    case '=':
        if (scene->boxes < BOXES_MAX) place_box(scene, gpu, scene->boxes++);
        break;
    case '-':
        if (scene->boxes > 0) scene->boxes--;
        break;
    case 'f': break; /* main.c */
    case 'q': return false;
    default:
        if (key >= 'a' && key <= 'z') key -= 'a' - 'A';
        if (key > ' ' && key <= 'Z') show_typed(scene, (char)key);
        break;
    }
    return true;
}

/* ---- Movement ---- */

static void bounce(int32_t *at, int32_t *speed, uint32_t room)
{
    int32_t most = (int32_t)room << FRACTION;

    *at += *speed;
    if (*at < 0) {
        *at = -*at;
        *speed = -*speed;
    } else if (*at > most) {
        *at = 2 * most - *at;
        *speed = -*speed;
    }
}

void scene_step(struct scene *scene, const struct gpu *gpu)
{
    if (scene->is_paused) return;
    for (unsigned i = 0; i < scene->boxes; i++) {
        struct box *box = &scene->box[i];

        bounce(&box->x, &box->dx, gpu->width - art_side(box->size));
        bounce(&box->y, &box->dy, gpu->height - BAR_HEIGHT - art_side(box->size));
    }
}

/* ---- Drawing ---- */

/* How far the row `row` of a corner of radius CORNER is from the edge. */
static uint32_t corner_inset(uint32_t row)
{
    uint32_t far = CORNER - row;
    uint32_t inset = CORNER;

    while (inset > 0 &&
           (CORNER - inset + 1) * (CORNER - inset + 1) + far * far <= CORNER * CORNER) {
        inset--;
    }
    return inset;
}

/* Some rows of a box; `strip` counts from its corner, and leaves out x pixels on both sides. */
static void draw_strip(struct gpu *gpu, const struct rect *box, const struct rect *sprite,
                       const struct rect *strip)
{
    struct picture page = {.at = VIDEO_PAGE(gpu->back), .pitch = gpu->width};
    struct picture sheet = {.at = VIDEO_SHEET, .pitch = SHEET_PITCH};
    struct rect source = *sprite;
    struct rect rect = {.x = box->x + strip->x,
                        .y = box->y + strip->y,
                        .width = box->width - 2 * strip->x,
                        .height = strip->height};

    source.x += strip->x;
    source.y += strip->y;
    gpu_copy(gpu, &page, &rect, &sheet, &source);
}

static void draw_box(struct scene *scene, struct gpu *gpu, const struct rect *box,
                     const struct rect *sprite)
{
    struct rect strip = {.y = CORNER, .height = box->height - 2 * CORNER};
    unsigned page = gpu->back;

    draw_strip(gpu, box, sprite, &strip);
    for (uint32_t row = 0; row < CORNER; row++) {
        strip = (struct rect){.x = corner_inset(row), .y = row, .height = 1};
        draw_strip(gpu, box, sprite, &strip);
        strip.y = box->height - 1 - row;
        draw_strip(gpu, box, sprite, &strip);
    }
    scene->drawn[page][scene->drawn_count[page]++] = *box;
}

static void draw_text(struct gpu *gpu, uint32_t x, const char *text)
{
    struct picture page = {.at = VIDEO_PAGE(gpu->back), .pitch = gpu->width};
    struct picture sheet = {.at = VIDEO_SHEET, .pitch = SHEET_PITCH};

    for (; *text != '\0'; text++, x += LETTER_STEP) {
        struct rect source = art_letter(*text);
        struct rect rect = {.x = x,
                            .y = gpu->height - BAR_HEIGHT / 2 - LETTER / 2,
                            .width = LETTER_STEP,
                            .height = LETTER};

        source.x += LETTER_INSET;
        gpu_copy(gpu, &page, &rect, &sheet, &source);
    }
}

static void draw_bar(const struct scene *scene, struct gpu *gpu)
{
    struct rect bar = {.y = gpu->height - BAR_HEIGHT, .width = gpu->width, .height = BAR_HEIGHT};
    char number[DIGITS + 1];
    uint32_t value = gpu->frames;

    gpu_fill(gpu, VIDEO_PAGE(gpu->back), gpu->width, &bar, COLOR_BAR);
    draw_text(gpu, LETTER, HELP);
    draw_text(gpu, gpu->width * 9 / 20, scene->typed);
    number[DIGITS] = '\0';
    for (unsigned i = DIGITS; i > 0; i--, value /= 10) {
        number[i - 1] = (char)(value != 0 || i == DIGITS ? '0' + value % 10 : ' ');
    }
    draw_text(gpu, gpu->width - 9 * LETTER, number);
}

void scene_draw(struct scene *scene, struct gpu *gpu)
{
    struct picture page = {.at = VIDEO_PAGE(gpu->back), .pitch = gpu->width};
    struct picture ground = {.at = VIDEO_GROUND, .pitch = gpu->width};
    struct rect player = {.x = (uint32_t)scene->player_x,
                          .y = (uint32_t)scene->player_y,
                          .width = SPRITE,
                          .height = SPRITE};
    struct rect sprite = art_sprite(PLAYER_TINT, 0);

    for (unsigned i = 0; i < scene->drawn_count[gpu->back]; i++) {
        const struct rect *rect = &scene->drawn[gpu->back][i];

        gpu_copy(gpu, &page, rect, &ground, rect);
    }
    scene->drawn_count[gpu->back] = 0;
    for (unsigned i = 0; i < scene->boxes; i++) {
        const struct box *box = &scene->box[i];
        struct rect own = art_sprite(box->tint, box->size);
        struct rect rect = {.x = (uint32_t)(box->x >> FRACTION),
                            .y = (uint32_t)(box->y >> FRACTION),
                            .width = own.width,
                            .height = own.height};

        draw_box(scene, gpu, &rect, &own);
    }
    draw_box(scene, gpu, &player, &sprite);
    draw_bar(scene, gpu);
}
