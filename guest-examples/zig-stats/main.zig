//! Count, sum, least, greatest and median of whole numbers on standard input, one a line.
const std = @import("std");

pub fn main(init: std.process.Init) !void {
    const gpa = init.gpa;
    var in_buffer: [4096]u8 = undefined;
    var out_buffer: [4096]u8 = undefined;
    var reader = std.Io.File.stdin().reader(init.io, &in_buffer);
    var writer = std.Io.File.stdout().writer(init.io, &out_buffer);

    var numbers: std.ArrayList(i64) = .empty;
    defer numbers.deinit(gpa);
    var sum: i128 = 0;
    while (try reader.interface.takeDelimiter('\n')) |line| {
        const text = std.mem.trim(u8, line, " \r\t");
        if (text.len == 0) continue;
        const number = try std.fmt.parseInt(i64, text, 10);
        try numbers.append(gpa, number);
        sum += number;
    }
    std.mem.sort(i64, numbers.items, {}, std.sort.asc(i64));

    const out = &writer.interface;
    try out.print("count {d}\nsum {d}\n", .{ numbers.items.len, sum });
    if (numbers.items.len > 0) {
        const sorted = numbers.items;
        const median = sorted[(sorted.len - 1) / 2];
        try out.print("least {d}\ngreatest {d}\nmedian {d}\n", .{ sorted[0], sorted[sorted.len - 1], median });
    }
    try out.flush();
}
