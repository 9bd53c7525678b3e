-- resty/sha256.lua of OpenResty, in plain Lua (FIPS 180-4).

local bit = require("bit")

local band, bnot, bxor, ror, rshift, tobit = bit.band, bit.bnot, bit.bxor, bit.ror, bit.rshift, bit.tobit

-- The first 32 bits of the fractional part of a root.
local function fraction(root)
    return tobit(math.floor(root % 1 * 4294967296))
end

local constants, start = {}, {}
do
    local candidate = 2
    while #constants < 64 do
        local prime = true
        for divisor = 2, math.floor(math.sqrt(candidate)) do
            prime = prime and candidate % divisor ~= 0
        end
        if prime then
            constants[#constants + 1] = fraction(candidate ^ (1 / 3))
            if #start < 8 then
                start[#start + 1] = fraction(math.sqrt(candidate))
            end
        end
        candidate = candidate + 1
    end
end

local function compress(state, text, at)
    local w = {}
    for i = 0, 15 do
        local a, b, c, d = text:byte(at + 4 * i, at + 4 * i + 3)
        w[i] = tobit(((a * 256 + b) * 256 + c) * 256 + d)
    end
    for i = 16, 63 do
        local s0 = bxor(ror(w[i - 15], 7), ror(w[i - 15], 18), rshift(w[i - 15], 3))
        local s1 = bxor(ror(w[i - 2], 17), ror(w[i - 2], 19), rshift(w[i - 2], 10))
        w[i] = tobit(w[i - 16] + s0 + w[i - 7] + s1)
    end
    local a, b, c, d, e, f, g, h = unpack(state)
    for i = 0, 63 do
        local s1 = bxor(ror(e, 6), ror(e, 11), ror(e, 25))
        local t1 = tobit(h + s1 + bxor(band(e, f), band(bnot(e), g)) + constants[i + 1] + w[i])
        local s0 = bxor(ror(a, 2), ror(a, 13), ror(a, 22))
        local t2 = tobit(s0 + bxor(band(a, b), band(a, c), band(b, c)))
        h, g, f, e, d, c, b, a = g, f, e, tobit(d + t1), c, b, a, tobit(t1 + t2)
    end
    for i, value in ipairs({ a, b, c, d, e, f, g, h }) do
        state[i] = tobit(state[i] + value)
    end
end

local function bytes_of(number)
    return string.char(band(rshift(number, 24), 255), band(rshift(number, 16), 255), band(rshift(number, 8), 255),
                       band(number, 255))
end

local Hash = {}
Hash.__index = Hash

function Hash:update(text)
    self.text = self.text .. text
    return true
end

function Hash:final()
    local length = #self.text
    local text = self.text .. "\128" .. ("\0"):rep((55 - length) % 64) .. bytes_of(math.floor(length / 536870912))
                 .. bytes_of(tobit(length * 8 % 4294967296))
    local state = { unpack(start) }
    for at = 1, #text, 64 do
        compress(state, text, at)
    end
    local parts = {}
    for i, value in ipairs(state) do
        parts[i] = bytes_of(value)
    end
    return table.concat(parts)
end

return {
    new = function()
        return setmetatable({ text = "" }, Hash)
    end,
}
