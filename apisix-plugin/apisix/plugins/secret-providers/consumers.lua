--- Identities of credentials, and APISIX's consumers by identity.
--
-- `runner` and `events` build identities from what the runner sends; the plugins look consumers up.

local ipairs = ipairs

local _M = {}

--- Returns the identity of a credential as one string.
--
-- Identities are unique because a consumer's name contains no slash. The credentials of several kinds that
-- a consumer itself holds share one.
-- @tparam string consumer the consumer's name
-- @tparam ?string credential the credential's id; nil for a credential in the consumer itself
-- @treturn string
local function identity_of(consumer, credential)
    return credential and consumer .. "/" .. credential or consumer
end
_M.identity_of = identity_of

--- Returns a function that finds the consumers of one plugin.
-- @treturn function takes an identity and what apisix.consumer returns for the plugin; returns APISIX's consumer
--   with that identity, or nil. Its index is built again when APISIX has a new list.
function _M.new_index()
    local nodes_by_identity
    -- The list of APISIX that the index was built from.
    local indexed

    return function(identity, consumer_conf)
        if consumer_conf ~= indexed then
            local index = {}
            for _, node in ipairs(consumer_conf.nodes) do
                index[identity_of(node.consumer_name, node.credential_id)] = node
            end
            nodes_by_identity, indexed = index, consumer_conf
        end
        return nodes_by_identity[identity]
    end
end

return _M
