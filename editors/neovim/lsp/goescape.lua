-- Read by Neovim 0.11 and later: `vim.lsp.enable('goescape')` is then enough.
return require('goescape').defaults()
