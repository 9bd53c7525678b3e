--- The rows of remembered verdicts: where they are, how they are found, and which one makes room for a new one.
--
-- `verdicts` decides what is in them. A row fills a line of the processor's cache and is found by the key's digest.
-- Rows are split into parts, so that a part that grows is copied quickly. What is no number is in a Lua table for
-- each part. A row stays in its place until it is removed. See docs/contributing/decisions/0013-memory-of-the-companion.md.
--
-- What a request with a known key calls, here and in `verdicts`, `digest` and `decisions`, has no loop and ends with a
-- plain return. Such functions LuaJIT compiles by themselves, whatever calls them. Code that is not compiled takes 50 ns
-- for each access to a row.

local bit = require("bit")
local ffi = require("ffi")

local band = bit.band
local ceil = math.ceil
local copy = ffi.copy
local max = math.max
local min = math.min
local pcall = pcall
local to_string = ffi.string
local typeof = ffi.typeof

local ROWS_PER_PART = 1024
-- The rows with which a part begins.
local FEWEST_ROWS = 8
local DIGEST_BYTES = 20

-- A reload of the plugins defines them again, which fails. A struct with other fields needs another name.
--
-- A verdict:
--   a to e     the digest
--   stream     the id of the event stream that tells when the verdict ends; 0; or an epoch's number below 0
--   asked      when the runner was asked
--   ends       the runner's own limit, or math.huge
--   stamp      the moment up to which all events are taken into account
--   list       the number of the list of consumers that `place` is a place in; 0 if none is known
--   place      where the consumer is in that list
--   waiting    the next row in the list of those with uses, or NO_MORE; 0 if it is not in the list
--   next       the next row with this place in the index, or the next free one; 0 at the end
--   uses       that were not reported
--   used       since the hand passed
--   previous   whether the key is good as a version before the current one
--   kind       of the credential, see `calls.KINDS`; set when a use is counted
--
-- A part:
--   rows       counted from 1
--   index      by a part of the digest: the first row
--   mask       the number of places in the index, a power of two, less one
--   size       how many rows there is memory for
--   count      how many of them were ever in use
--   free       the first one that is not in use now, or 0
--   hand       the row at which eviction stopped
pcall(ffi.cdef, [[
    struct secret_providers_verdict_1 {
        int32_t a, b, c, d, e;
        int32_t stream;
        double asked, ends;
        int32_t stamp, list, place, waiting;
        uint16_t next, uses;
        uint8_t used, previous, kind;
    } __attribute__((aligned(64)));
    struct secret_providers_part_1 {
        struct secret_providers_verdict_1 *rows;
        uint16_t *index;
        int32_t mask;
        uint16_t size, count, free, hand;
    } __attribute__((aligned(32)));
]])
local Rows = typeof("struct secret_providers_verdict_1[?]")
local Index = typeof("uint16_t[?]")
local Parts = typeof("struct secret_providers_part_1[?]")

local ROW_BYTES = ffi.sizeof(Rows, 1)
-- Of a part without rows.
local NO_INDEX = Index(1)

local _M = {
    MOST_PER_PART = ROWS_PER_PART,
    -- In a row's field `waiting`, at the end of the list.
    NO_MORE = -1,
}

-- The number of parts, which is a power of two, less one. Parts are counted from 0.
local mask = 0
local capacity = 0
local parts = Parts(1)
-- By part: what its pointers point to, which lives as long as it is here.
local rows_of, index_of = {}, {}
-- By part and row: the identity, see consumers.identity_of; false for a row that is not in use.
local identities_of = {}

-- Called with part and row of a verdict that is about to end.
local end_of

-- A digest that was given as a string; `digest` returns the same type.
local words_of_text = ffi.new("int32_t[?]", DIGEST_BYTES / 4)

--- Returns a digest as words, which are good until the next call.
-- @tparam string digest
-- @treturn cdata
function _M.words(digest)
    copy(words_of_text, digest, DIGEST_BYTES)
    return words_of_text
end

--- Sets what is called before a verdict ends.
-- @tparam function call takes part and row
function _M.on_end(call)
    end_of = call
end

local function is_at(rows, row, words)
    local one = rows[row]
    return one.a == words[0] and one.b == words[1] and one.c == words[2] and one.d == words[3] and one.e == words[4]
end

local function search_further(rows, row, words)
    repeat
        row = rows[row].next
    until row == 0 or is_at(rows, row, words)
    return row
end

--- Finds the row for a digest.
-- @tparam cdata words
-- @treturn number its part
-- @treturn number its row, or 0 if there is none
function _M.search(words)
    local part = band(words[0], mask)
    local of = parts[part]
    local row = of.index[band(words[1], of.mask)]
    if row ~= 0 and not is_at(of.rows, row, words) then
        row = of.rows[row].next
        if row ~= 0 and not is_at(of.rows, row, words) then
            row = search_further(of.rows, row, words)
        end
    end
    return part, row
end

--- Returns a row.
-- @treturn cdata good until the next `add`, `remove` or `clear`
function _M.at(part, row)
    return parts[part].rows[row]
end

--- Returns the identity of a row.
-- @treturn string
function _M.identity(part, row)
    return identities_of[part][row]
end

--- Sets the identity of a row.
-- @tparam number part
-- @tparam number row
-- @tparam string identity
function _M.set_identity(part, row, identity)
    identities_of[part][row] = identity
end

local function link(of, row)
    local place = band(of.rows[row].b, of.mask)
    of.rows[row].next = of.index[place]
    of.index[place] = row
end

local function unlink(of, row)
    local place = band(of.rows[row].b, of.mask)
    local at = of.index[place]
    if at == row then
        of.index[place] = of.rows[row].next
        return
    end
    while of.rows[at].next ~= row do
        at = of.rows[at].next
    end
    of.rows[at].next = of.rows[row].next
end

--- Ends a verdict.
-- @tparam number part
-- @tparam number row
function _M.remove(part, row)
    end_of(part, row)
    local of = parts[part]
    unlink(of, row)
    of.rows[row].next = of.free
    of.free = row
    identities_of[part][row] = false
end

-- Takes a row out of use and returns it: the first one that was not used since the hand passed it. Each step clears
-- a flag that a request set, so the average cost does not depend on the number of rows.
local function evict(part)
    local of = parts[part]
    local row = of.hand % of.count + 1
    while of.rows[row].used ~= 0 do
        of.rows[row].used = 0
        row = row % of.count + 1
    end
    of.hand = row
    end_of(part, row)
    unlink(of, row)
    return row
end

-- Doubles a part. All its rows are in use.
local function enlarge(part)
    local of = parts[part]
    local count = of.count
    local size = min(capacity, max(FEWEST_ROWS, 2 * count))
    local rows, places = Rows(size + 1), 1
    if count > 0 then
        copy(rows, of.rows, (count + 1) * ROW_BYTES)
    else
        identities_of[part] = {}
    end
    while places < 2 * size do
        places = places * 2
    end
    rows_of[part], index_of[part] = rows, Index(places)
    of.rows, of.index, of.mask, of.size = rows, index_of[part], places - 1, size
    for row = 1, count do
        link(of, row)
    end
end

-- Returns a row that is not in use.
local function new_row(part)
    local of = parts[part]
    if of.free ~= 0 then
        local row = of.free
        of.free = of.rows[row].next
        return row
    elseif of.count == capacity then
        return evict(part)
    elseif of.count == of.size then
        enlarge(part)
    end
    of.count = of.count + 1
    return of.count
end

--- Takes a row into use, if need be that of another verdict. All but the digest is left to the caller.
-- @tparam cdata words of the digest, which has no row yet
-- @treturn number its part
-- @treturn number its row
function _M.add(words)
    local part = band(words[0], mask)
    local row = new_row(part)
    local one = parts[part].rows[row]
    one.a, one.b, one.c, one.d, one.e = words[0], words[1], words[2], words[3], words[4]
    one.used = 0
    link(parts[part], row)
    return part, row
end

--- Ends all verdicts and makes room for a number of them.
-- @tparam number most
function _M.clear(most)
    local count = 1
    while count * ROWS_PER_PART < most do
        count = count * 2
    end
    mask, capacity = count - 1, ceil(most / count)
    parts = Parts(count)
    for part = 0, mask do
        parts[part].index = NO_INDEX
    end
    rows_of, index_of, identities_of = {}, {}, {}
end

--- Returns all verdicts, as they are kept: what `clear` does not change.
-- @treturn {{rows=cdata,identities=table,count=number},...} identities have false for a row that is not in use
function _M.all()
    local all = {}
    for part = 0, mask do
        if rows_of[part] then
            all[#all + 1] = { rows = rows_of[part], identities = identities_of[part], count = parts[part].count }
        end
    end
    return all
end

--- Returns the digest of a row.
-- @tparam cdata rows of a part
-- @tparam number row
-- @treturn string
function _M.digest(rows, row)
    return to_string(rows[row], DIGEST_BYTES)
end

-- Until there is room, there is a part without rows.
_M.clear(0)

return _M
