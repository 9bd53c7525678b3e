--- One cookie of a header Cookie.
--
-- A cookie begins at the start, or after a semicolon or white space, and ends before the next. A name without an equals sign
-- is no cookie. APISIX looks for cookies in much the same way, but misses one that follows a value with white space, or a
-- name without an equals sign.

local concat = table.concat
local find = string.find
local gmatch = string.gmatch
local gsub = string.gsub
local match = string.match
local sub = string.sub

local _M = {}

-- Returns where the value of the next cookie begins and ends, and where its name begins; nil if there is none.
-- `before` and `equals` are patterns: of the character before the name, and of what is between name and value.
local function next_of(header, name, at, before, equals)
    while true do
        local start, stop = find(header, name, at, true)
        if not start then
            return nil
        end
        if start == 1 or find(header, before, start - 1) then
            local _, begin = find(header, equals, stop + 1)
            if begin then
                local _, last = find(header, "^[^; \t]*", begin + 1)
                return begin + 1, last, start
            end
        end
        at = stop + 1
    end
end

--- Returns the value of a cookie.
-- @tparam string header
-- @tparam string name
-- @treturn ?string the last one of that name, which counts; nil if there is none
function _M.value(header, name)
    local value
    local begin, last = next_of(header, name, 1, "^[; \t]", "^=")
    while begin do
        value = sub(header, begin, last)
        begin, last = next_of(header, name, last + 1, "^[; \t]", "^=")
    end
    return value
end

--- Returns the header without the cookies of a name. All others stay as the client wrote them.
--
-- White space around the name does not count, since many upstreams ignore it.
-- @tparam string header
-- @tparam string name
-- @treturn ?string nil if none is left
function _M.without(header, name)
    local kept = {}
    local from = 1
    local begin, last, start = next_of(header, name, 1, "^[;%s]", "^%s*=")
    while begin do
        kept[#kept + 1] = sub(header, from, start - 1)
        local _, gap = find(header, "^[; \t]*", last + 1)
        from = gap + 1
        begin, last, start = next_of(header, name, from, "^[;%s]", "^%s*=")
    end
    kept[#kept + 1] = sub(header, from)
    local rest = gsub(concat(kept), "[; \t]+$", "")
    return rest ~= "" and rest or nil
end

--- Returns the header without the cookies of a name, and without the name alone, which some upstreams take for an empty
-- cookie.
-- @tparam string header
-- @tparam string name
-- @treturn ?string nil if none is left
function _M.without_any(header, name)
    local rest = _M.without(header, name)
    if not rest or not find(rest, name, 1, true) then
        return rest
    end
    local kept = {}
    for one in gmatch(rest, "[^;]+") do
        if match(one, "^%s*(.-)%s*$") ~= name then
            kept[#kept + 1] = one
        end
    end
    rest = gsub(concat(kept, ";"), "^%s+", "")
    return rest ~= "" and rest or nil
end

return _M
