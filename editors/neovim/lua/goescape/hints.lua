--- Draws the server's inlay hints.
---
--- Neovim asks for hints and says when they are wanted; only the drawing is here. Neovim's own draws
--- each line once for a version of the text, so that of two servers the slower one's hints are missing
--- until the next edit (seen in 0.10.4 and 0.12.4). In a namespace of its own goescape neither loses
--- its hints to gopls nor takes gopls' away.
local M = {}

local namespace = vim.api.nvim_create_namespace('goescape.hints')

--- Whether buffers that goescape serves get inlay hints enabled.
M.enabled = true

local byte_index = vim.fn.has('nvim-0.11') == 1
    and function(line, character, encoding)
      return vim.str_byteindex(line, encoding, character, false)
    end
  or vim.lsp.util._str_byteindex_enc

local function text_of(label)
  if type(label) == 'string' then
    return label
  end
  return table.concat(vim.tbl_map(function(part)
    return part.value
  end, label))
end

--- The handler of `textDocument/inlayHint`.
function M.draw(err, hints, ctx)
  local bufnr = ctx.bufnr
  local current = vim.api.nvim_buf_is_loaded(bufnr)
    and ctx.version == vim.lsp.util.buf_versions[bufnr]
    and vim.lsp.inlay_hint.is_enabled({ bufnr = bufnr })
  local client = vim.lsp.get_client_by_id(ctx.client_id)
  -- After a failure the hints on the screen, which moved with the text, are better than none.
  if err or not current or not client then
    return
  end
  M.clear(bufnr)
  for _, hint in ipairs(hints or {}) do
    local row = hint.position.line
    local line = vim.api.nvim_buf_get_lines(bufnr, row, row + 1, false)[1]
    if line then
      local column = byte_index(line, hint.position.character, client.offset_encoding)
      local chunks = { { text_of(hint.label), 'LspInlayHint' } }
      if hint.paddingLeft then
        table.insert(chunks, 1, { ' ' })
      end
      if hint.paddingRight then
        table.insert(chunks, { ' ' })
      end
      vim.api.nvim_buf_set_extmark(bufnr, namespace, row, column, {
        virt_text = chunks,
        virt_text_pos = 'inline',
        hl_mode = 'combine',
      })
    end
  end
end

function M.clear(bufnr)
  if vim.api.nvim_buf_is_loaded(bufnr) then
    vim.api.nvim_buf_clear_namespace(bufnr, namespace, 0, -1)
  end
end

--- Follows a server that joins or leaves a buffer.
function M.attach(bufnr)
  if M.enabled then
    vim.lsp.inlay_hint.enable(true, { bufnr = bufnr })
  end
end

-- When inlay hints are disabled Neovim redraws, and what is in our namespace has to go as well.
vim.api.nvim_set_decoration_provider(namespace, {
  on_win = function(_, _, bufnr)
    if not vim.lsp.inlay_hint.is_enabled({ bufnr = bufnr }) then
      M.clear(bufnr)
    end
  end,
})

return M
