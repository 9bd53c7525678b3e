-- The memory of verdicts by itself: rows that are found, removed, evicted and used again.

require("spec.world")

local MODULES = "apisix.plugins.secret-providers."
local KEY = 1

local verdicts, used

-- A new memory with room for a number of verdicts.
local function new_memory(most)
    package.loaded[MODULES .. "rows"], package.loaded[MODULES .. "verdicts"] = nil, nil
    verdicts = require(MODULES .. "verdicts")
    used = {}
    verdicts.report_to(function(kind, identity, previous, count)
        local name = kind .. " " .. identity .. (previous and " before" or "")
        used[name] = (used[name] or 0) + count
    end, function() end)
    verdicts.grow(most)
end

local seed = 1

-- Returns a digest without a pattern.
local function new_digest()
    local bytes = {}
    for i = 1, 20 do
        seed = seed * 16807 % 2147483647
        bytes[i] = string.char(math.floor(seed / 128) % 256)
    end
    return table.concat(bytes)
end

local function put(digest, identity, stamp, stream, previous)
    verdicts.put(digest, identity, 100, math.huge, stamp or verdicts.moment(), stream or 1, previous or false)
end

-- Returns the identity for a digest, or nil.
local function found(digest)
    local part, row = verdicts.find_text(digest, 200)
    return part and verdicts.identity(part, row)
end

local function use(digest, times, kind)
    local part, row = verdicts.find_text(digest, 200)
    for _ = 1, times or 1 do
        verdicts.count(part, row, kind or KEY)
    end
end

local function take_uses(most)
    verdicts.next_uses()
    return verdicts.take_uses(most or math.huge)
end

describe("the memory of verdicts", function()
    it("finds what it holds and nothing else, whatever is removed", function()
        new_memory(8000)
        local expected, digests = {}, {}
        for i = 1, 20000 do
            if i % 3 > 0 or #digests == 0 then
                digests[#digests + 1] = new_digest()
                expected[digests[#digests]] = "c" .. i
                put(digests[#digests], "c" .. i)
            end
            if i % 2 == 0 then
                seed = seed * 16807 % 2147483647
                local at = seed % #digests + 1
                verdicts.forget(digests[at])
                expected[digests[at]] = nil
                digests[at] = digests[#digests]
                digests[#digests] = nil
            end
        end
        for digest, identity in pairs(expected) do
            assert(found(digest) == identity)
            assert(found(digest:sub(1, 19) .. string.char((digest:byte(20) + 1) % 256)) == nil)
        end
    end)

    it("finds digests that differ in their last bytes only, whichever is removed", function()
        for removed = 1, 40 do
            new_memory(2000)
            local start = new_digest():sub(1, 18)
            for i = 1, 40 do
                put(start .. string.char(i, 0), "c" .. i)
            end
            verdicts.forget(start .. string.char(removed, 0))
            put(start .. string.char(1, 1), "new")
            for i = 1, 40 do
                assert.equal(i ~= removed and "c" .. i or nil, found(start .. string.char(i, 0)))
            end
            assert.equal("new", found(start .. string.char(1, 1)))
        end
    end)

    it("is empty after the last one is removed, and can be filled again", function()
        new_memory(10)
        for _ = 1, 50 do
            local digest = new_digest()
            put(digest, "c")
            verdicts.forget(digest)
            verdicts.forget(digest)
            assert.is_nil(found(digest))
        end
        local digests = {}
        for i = 1, 10 do
            digests[i] = new_digest()
            put(digests[i], "c" .. i)
        end
        for i = 1, 10 do
            assert.equal("c" .. i, found(digests[i]))
        end
    end)

    it("gives a row to another key if it is full, and never the identity of the one before", function()
        new_memory(3000)
        local digests = {}
        for i = 1, 30000 do
            digests[i] = new_digest()
            put(digests[i], "c" .. i)
        end
        local count = 0
        for i = 1, 30000 do
            local identity = found(digests[i])
            assert(identity == nil or identity == "c" .. i)
            count = count + (identity and 1 or 0)
        end
        assert.is_true(count > 2900 and count <= 3003, count .. " of 3000")
    end)

    it("keeps all when it grows, with what belongs to them", function()
        new_memory(500)
        local digests = {}
        for i = 1, 300 do
            digests[i] = new_digest()
            put(digests[i], "c" .. i, nil, i % 2 == 0 and "epoch-" .. i or i, i % 3 == 0)
            use(digests[i], i)
        end
        verdicts.forget(digests[300])
        verdicts.grow(20000)
        for i = 1, 299 do
            local part, row = verdicts.find_text(digests[i], 200)
            assert.equal("c" .. i, verdicts.identity(part, row))
            assert.equal(i % 2 == 0 and "epoch-" .. i or i, verdicts.stream(part, row))
            assert.equal(100, verdicts.asked(part, row))
        end
        assert.is_nil(found(digests[300]))
        take_uses()
        for i = 1, 300 do
            assert.equal(i, used["1 c" .. i .. (i % 3 == 0 and " before" or "")])
        end
    end)

    it("forgets all rather than know ever more epochs", function()
        new_memory(10000)
        local first = new_digest()
        put(first, "c", nil, "first")
        for i = 1, 1023 do
            put(new_digest(), "c", nil, "epoch-" .. i)
        end
        assert.equal("c", found(first))
        local last = new_digest()
        put(last, "d", nil, "last")
        assert.is_nil(found(first))
        local part, row = verdicts.find_text(last, 200)
        assert.equal("last", verdicts.stream(part, row))
    end)
end)

describe("a mark", function()
    it("voids a verdict from before it, also one that is added afterwards", function()
        new_memory(100)
        local one, other = new_digest(), new_digest()
        local before = verdicts.moment()
        put(one, "jack/k1")
        put(other, "jill")
        verdicts.next_moment()
        verdicts.forget_identity("jack/k1")
        assert.is_nil(found(one))
        assert.equal("jill", found(other))
        put(one, "jack/k1", before)
        assert.is_nil(found(one))
        put(one, "jack/k1")
        assert.equal("jack/k1", found(one))
    end)

    it("does not void another identity in the same row", function()
        new_memory(1)
        verdicts.next_moment()
        verdicts.forget_identity("jack/k1")
        local first, second = new_digest(), new_digest()
        put(first, "jack/k1")
        assert.equal("jack/k1", found(first))
        put(second, "jill", 0)
        assert.equal("jill", found(second))
        assert.is_nil(found(first))
        put(first, "jack/k1", 0)
        assert.is_nil(found(first))
    end)

    it("voids a verdict that outlived an earlier one", function()
        new_memory(10)
        local digest = new_digest()
        put(digest, "jill")
        for _ = 1, 3 do
            verdicts.next_moment()
            verdicts.forget_identity("jack")
            assert.equal("jill", found(digest))
        end
        verdicts.next_moment()
        verdicts.forget_identity("jill")
        assert.is_nil(found(digest))
    end)
end)

describe("uses of a verdict", function()
    before_each(function()
        new_memory(1)
    end)

    it("are counted for its identity when its row is given to another one", function()
        local first, second = new_digest(), new_digest()
        put(first, "jack", nil, nil, true)
        use(first, 3)
        put(second, "jill")
        use(second, 4)
        assert.same({ ["1 jack before"] = 3 }, used)
        take_uses()
        assert.same({ ["1 jack before"] = 3, ["1 jill"] = 4 }, used)
        assert.is_false(verdicts.has_uses())
    end)

    it("are those of its own kind when its row had another one that was not reported yet", function()
        local first, second = new_digest(), new_digest()
        put(first, "jack")
        use(first, 3)
        put(second, "jill")
        use(second, 4, KEY + 2)
        take_uses()
        assert.same({ ["1 jack"] = 3, ["3 jill"] = 4 }, used)
    end)

    it("are counted for what it was when it is renewed, removed, or all are forgotten", function()
        local digest = new_digest()
        put(digest, "jack")
        use(digest, 1)
        put(digest, "jack", nil, nil, true)
        use(digest, 2)
        put(digest, "jill")
        use(digest, 3)
        verdicts.forget(digest)
        put(digest, "joe")
        use(digest, 4)
        verdicts.forget_all()
        assert.is_false(verdicts.has_uses())
        assert.same({ ["1 jack"] = 1, ["1 jack before"] = 2, ["1 jill"] = 3, ["1 joe"] = 4 }, used)
    end)

    it("are all counted, however many there are", function()
        local digest = new_digest()
        put(digest, "jack")
        use(digest, 200000)
        take_uses()
        assert.same({ ["1 jack"] = 200000 }, used)
    end)

    it("are taken in portions, and those that come in the meantime later", function()
        new_memory(100)
        local digests = {}
        for i = 1, 10 do
            digests[i] = new_digest()
            put(digests[i], "c" .. i)
            use(digests[i])
        end
        assert.is_true(take_uses(4))
        use(digests[1])
        for i = 1, 10 do
            use(digests[i])
        end
        assert.is_false(verdicts.next_uses())
        assert.is_false(verdicts.take_uses(6))
        assert.is_true(verdicts.has_uses())
        take_uses()
        local sum = 0
        for i = 1, 10 do
            sum = sum + used["1 c" .. i]
        end
        assert.equal(21, sum)
        assert.equal(3, used["1 c1"])
        assert.is_false(verdicts.has_uses())
    end)
end)

describe("the place of a consumer", function()
    it("is known for one list, and no longer than the verdict", function()
        new_memory(1)
        local digest, other = new_digest(), new_digest()
        put(digest, "jack")
        local part, row = verdicts.find_text(digest, 200)
        assert.is_nil(verdicts.place(part, row, 7))
        verdicts.set_place(part, row, 7, 3)
        assert.equal(3, verdicts.place(part, row, 7))
        assert.is_nil(verdicts.place(part, row, 8))
        put(digest, "jill")
        assert.is_nil(verdicts.place(part, row, 7))
        verdicts.set_place(part, row, 7, 4)
        put(other, "joe")
        part, row = verdicts.find_text(other, 200)
        assert.is_nil(verdicts.place(part, row, 7))
    end)
end)
